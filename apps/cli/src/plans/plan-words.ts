import {
  nearToFar,
  nextBlock,
  nextFrame,
  nextRow,
  nextScale,
  randomOrder,
  raster,
} from '@nextx/core';
import type { Plan } from '@nextx/core';
import { choiceOf } from '../terminal/option-values.ts';
import { UsageError } from '../terminal/usage-error.ts';

/** How a plan is written. */
interface PlanForm {
  /** What stands behind the colon, for messages. */
  readonly example: string;
  /** How many numbers stand in front of a slash; absent: 1 or more. */
  readonly count?: number;
  /** Whether numbers stand behind it. */
  readonly hasMore?: boolean;
  readonly make: (sizes: readonly number[], more: readonly number[]) => Plan;
}

const names = [
  'raster',
  'next-row',
  'next-scale',
  'near-to-far',
  'next-block',
  'next-frame',
  'random-order',
] as const;

const forms: Readonly<Record<(typeof names)[number], PlanForm>> = {
  raster: { example: '16x16', make: (sides) => raster({ sides }) },
  'next-row': {
    example: '8x8',
    count: 2,
    make: ([rows, columns]) => nextRow({ sides: [rows, columns] }),
  },
  'next-scale': { example: '1,2,3,4', make: (sides) => nextScale(sides) },
  'near-to-far': { example: '8x8', make: (sides) => nearToFar({ sides }) },
  'next-block': {
    example: '8x8/2x2',
    hasMore: true,
    make: (sides, block) => nextBlock({ sides, block }),
  },
  'next-frame': {
    example: '4x8x8',
    count: 3,
    make: ([frames, rows, columns]) => nextFrame({ frames, sides: [rows, columns] }),
  },
  'random-order': {
    example: '8x8/6',
    hasMore: true,
    make: (sides, [steps]) => randomOrder({ sides, steps, key: [0, 0] }),
  },
};

/**
 * A plan from words, `raster:16x16` or another of the forms above; behind the slash of `random-order` stands the number of
 * steps, and its order is the one of key 0.
 *
 * @throws {UsageError} for words that are none of these.
 * @throws {OptionError} for sizes that the plan refuses.
 */
export function planOfWords(text: string): Plan {
  const [given, sizes = '', ...rest] = text.split(':');
  const name = choiceOf('--order: the plan', given, names);
  const { example, count, hasMore = false, make } = forms[name];
  const groups = sizes.split('/').map((group) => group.split(/[x,]/));
  const isNumeric = groups.flat().every((word) => /^\d{1,9}$/.test(word));
  const isForm = rest.length === 0 && groups.length === (hasMore ? 2 : 1);
  if (!isNumeric || !isForm || (count !== undefined && groups[0].length !== count)) {
    throw new UsageError(`--order must be written like ${name}:${example}, got "${text}".`);
  }
  const [first, second = []] = groups.map((words) => words.map(Number));
  return make(first, second);
}
