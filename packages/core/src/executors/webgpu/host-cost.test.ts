import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { planLength, stepCount } from '../../plan/plan.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openNullDevice } from './gpu.test-support.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

// Dawn's null backend does everything but compute: what is left is the host's own work.
describe('what a step of the webgpu executor costs the host', () => {
  it('is the same for the last token as for the first: as many dispatches, and nothing made', async () => {
    const { model, dispose } = rasterModel();
    const steps = await costOfSteps(model, rasterCondition(1));

    expect(steps).toHaveLength(6);
    expect(new Set(steps.map(({ dispatches }) => dispatches))).toEqual(new Set([5 * 2 + 3]));
    expect(steps.map(({ made }) => made)).toEqual([0, 0, 0, 0, 0, 0]);
    report('a token of 2 blocks', steps);
    dispose();
  });

  it('is at most 7 dispatches a block and those of inputs, head and draw for a scale, and nothing made', async () => {
    const { model, dispose } = scaleModel();
    const steps = await costOfSteps(model, scaleCondition(3));

    // 3 items: the first scale is 3 rows, then 12, 27 and 48; 3 dispatches of inputs, 2 of the head, 1 of the draw.
    // In front of the first come the modulations of the blocks and of the last norm, once a generation.
    expect(steps.map(({ dispatches }) => dispatches)).toEqual([
      2 + 1 + 5 * 2 + 3,
      7 * 2 + 6,
      7 * 2 + 6,
      7 * 2 + 6,
    ]);
    expect(steps.map(({ made }) => made)).toEqual([0, 0, 0, 0]);
    report('a scale of 2 blocks', steps);
    dispose();
  });
});

interface StepCost {
  readonly dispatches: number;
  readonly made: number;
  readonly encodeMs: number;
}

/** What every step of one generation asked of the device, encoded one by one. Takes ownership of the condition. */
async function costOfSteps(model: SequenceModel, condition: tf.Tensor): Promise<StepCost[]> {
  const { device, counts } = countingDevice(await openNullDevice());
  const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
  const seeds = Array.from({ length: condition.shape[0] }, (_, item) => BigInt(item));
  const submissions: StepCost[] = [];
  const submit = device.queue.submit;
  let before: StepCost | undefined;
  device.queue.submit = (commands) => {
    submit(commands);
    const { dispatches, made, encodeMs } = counts;
    submissions.push({
      dispatches: dispatches - (before?.dispatches ?? 0),
      made: before === undefined ? 0 : made - before.made,
      encodeMs: encodeMs - (before?.encodeMs ?? 0),
    });
    before = { dispatches, made, encodeMs };
  };
  for await (const { filled } of decode(model, { seeds, condition, executor })) {
    expect(filled).toBeLessThanOrEqual(planLength(model.plan));
  }
  expect(submissions).toHaveLength(stepCount(model.plan));
  executor.dispose();
  condition.dispose();
  return submissions;
}

/** Prints the median time that a step takes to encode. */
function report(what: string, steps: readonly StepCost[]): void {
  const times = steps.map(({ encodeMs }) => encodeMs).toSorted((a, b) => a - b);
  const { dispatches } = steps[steps.length - 1];
  const median = times[Math.floor(times.length / 2)];
  process.stdout.write(
    `${what}: ${dispatches} dispatches, encoded in ${median.toFixed(3)} ms (${((1000 * median) / dispatches).toFixed(1)} us each)\n`,
  );
}
