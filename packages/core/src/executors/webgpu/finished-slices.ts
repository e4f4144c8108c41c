import type { DecodeOptions } from '../../decode/executor.ts';
import type { TokenValues } from '../../heads/head.ts';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { DeviceWatch } from './device-watch.ts';
import { feedStep } from './feed-step.ts';
import type { FinishedSlice } from './finished-steps.ts';
import { mostSlices } from './generation-buffers.ts';
import type { Generation, Slice } from './generation.ts';
import { SlicePacer } from './slice-pacer.ts';

/** Tokens of a slice that is on its way. */
export interface Pending extends Slice {
  readonly tokens: Promise<TokenValues>;
}

/** How slices are encoded. */
export interface SliceOptions {
  readonly watch: DeviceWatch;
  readonly model: SequenceModel;
  readonly options: DecodeOptions;
  /** Tokens of all items, which are filled as slices are taken. */
  readonly tokens: TokenValues;
  /** Whether the recipe makes the rows of every step of the tokens before it: steps then come one by one. */
  readonly isFed: boolean;
  /** Steps of every slice. @defaultValue as many as take some milliseconds */
  readonly sliceSteps: number | undefined;
}

/**
 * Finished slices in order; some more are always on their way.
 *
 * @param pending  Those on their way, for whoever stops before the end.
 */
export async function* finishedSlices(
  generation: Generation,
  pending: Pending[],
  { watch, model, options, tokens: known, isFed, sliceSteps }: SliceOptions,
): AsyncGenerator<FinishedSlice, void, void> {
  const { plan } = model;
  const steps = stepCount(plan);
  const most = isFed ? 1 : mostSlices;
  const pacer = new SlicePacer(isFed ? 1 : sliceSteps);
  let next = 0;
  let count = 0;
  let since = Date.now();
  while (next < steps || pending.length > 0) {
    while (next < steps && pending.length < most) {
      const slice = { from: next, to: Math.min(steps, next + pacer.take()) };
      if (isFed) {
        const filled = stepRange(plan, next).start;
        await feedStep(generation, model, { tokens: known, filled, step: next, options });
      }
      const tokens = generation.run(slice, count++);
      // Awaited in its turn: a failure must not go unheard until then.
      tokens.catch(() => undefined);
      pending.push({ ...slice, tokens });
      next = slice.to;
    }
    const [{ from, to, tokens }] = pending;
    const drawn = await watch.finish(tokens);
    pending.shift();
    const now = Date.now();
    pacer.note(to - from, now - since);
    since = now;
    yield { from, to, drawn };
  }
}
