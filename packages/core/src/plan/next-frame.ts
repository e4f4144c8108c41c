import { nextBlock } from './next-block.ts';
import type { Plan } from './plan.ts';

/** A video's token grid. */
export interface NextFrameOptions {
  /** Number of frames. */
  readonly frames: number;
  /** `[height, width]` of a frame's token map. */
  readonly sides: readonly [number, number];
}

/**
 * One frame of a video a step; coordinates are (frame, row, column).
 *
 * @throws {OptionError} (ARG) if a side or the number of frames is not a whole number of at least 1.
 */
export function nextFrame({ frames, sides }: NextFrameOptions): Plan {
  return { ...nextBlock({ sides: [frames, ...sides], block: [1, ...sides] }), name: 'next-frame' };
}
