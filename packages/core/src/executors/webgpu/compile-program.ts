import type { DecodeOptions } from '../../decode/executor.ts';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { modulatedTimes } from '../../program/network.ts';
import { visibleRange } from '../visible-range.ts';
import { compileBlocks } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileDenoiser } from './compile-denoiser.ts';
import { compileHead } from './compile-head.ts';
import { compileInputs } from './compile-inputs.ts';
import { splitsOf } from './generation-regions.ts';
import { kernelFields, Slots, stepFields } from './kernel-fields.ts';
import { meetingStep } from './persistent-shape.ts';

/** Dispatches of every step; steps that only differ in their number are one array. */
export function compileProgram(
  source: ProgramSource,
  plan: Plan,
  { sampling = {} }: Pick<DecodeOptions, 'sampling'>,
): Dispatch[][] {
  const { head } = source.placed;
  const steps = stepCount(plan);
  const known = new Map<string, Dispatch[]>();
  const once = (kind: string, positions: number, compile: () => Dispatch[]): Dispatch[] => {
    const key = `${kind} ${positions}`;
    const dispatches = known.get(key) ?? compile();
    known.set(key, dispatches);
    return dispatches;
  };
  return Array.from({ length: steps }, (_, step) => {
    const { start, end } = stepRange(plan, step);
    const positions = end - start;
    if (head.kind === 'velocity') {
      const isSeen = step + 1 < steps;
      return once(isSeen ? 'seen' : 'last', positions, () =>
        compileDenoiser(source, head, { sampling, positions, isSeen }),
      );
    }
    const tail = once('tail', positions, () => [
      ...compileBlocks(source, positions),
      ...compileHead(source, head, { sampling, positions }),
    ]);
    const whole = (): Dispatch[] => [...compileInputs(source, plan, step), ...tail];
    return source.network.inputs.kind === 'scale' ? whole() : once('whole', positions, whole);
  });
}

/** Parameters of every distinct dispatch of a program, and the byte at which each lies. */
export function kernelSlots(program: readonly (readonly Dispatch[])[]): {
  readonly kernels: Slots<typeof kernelFields>;
  readonly offsets: ReadonlyMap<Dispatch, number>;
} {
  const kernels = new Slots(kernelFields);
  const offsets = new Map(
    [...new Set([...new Set(program)].flat())].map((each) => [each, kernels.add(each.fields)]),
  );
  return { kernels, offsets };
}

/** Parameters of every step, again as if every row were a sequence of its own, those in front of the first step, and of a meeting. */
export function stepSlots(
  { sizes, network }: ProgramSource,
  plan: Plan,
  { guidanceScaleAt }: Pick<DecodeOptions, 'guidanceScaleAt'>,
): Slots<typeof stepFields> {
  const slots = new Slots(stepFields);
  for (const isRowByRow of [false, true]) {
    for (let step = 0; step < stepCount(plan); step++) {
      const { start, end } = stepRange(plan, step);
      const visible = visibleRange(plan, step);
      slots.add({
        start,
        positions: isRowByRow ? 1 : end - start,
        rows: sizes.sequences * (end - start),
        begin: visible.begin,
        end: visible.end,
        isSelfSeen: Number(visible.isSelfSeen),
        step,
        splits: splitsOf(plan, step),
        guidanceScale: guidanceScaleAt?.(step) ?? 1,
      });
    }
  }
  slots.add({ positions: 1, rows: sizes.sequences * modulatedTimes(network).length });
  slots.add({ step: meetingStep });
  return slots;
}
