import { nextBlock } from './next-block.ts';
import type { Plan } from './plan.ts';

/**
 * One row of a picture a step, top to bottom.
 *
 * @param options  `sides`: `[height, width]`
 * @throws {OptionError} (ARG) if a side is not a whole number of at least 1.
 */
export function nextRow({ sides }: { readonly sides: readonly [number, number] }): Plan {
  return { ...nextBlock({ sides, block: [1, sides[1]] }), name: 'next-row' };
}
