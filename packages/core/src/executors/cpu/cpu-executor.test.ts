import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import type { DecodeOptions } from '../../decode/executor.ts';
import { NumericError, OptionError, ResourceError, UnsupportedError } from '../../errors.ts';
import { mlp } from '../../layers/mlp.ts';
import { layerNorm } from '../../layers/norm.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import {
  editOptions,
  llamaParts,
  otherParts,
  rasterCondition,
  rasterModel,
  tokensOf,
} from '../raster-model.test-support.ts';
import { weightFormats } from '../weight-format.ts';
import { cpuExecutor } from './cpu-executor.ts';
import type { CpuExecutorOptions } from './cpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

const width = 16;
describe('cpuExecutor', () => {
  it.each([
    ['a Llama with shared key-value heads', llamaParts],
    ['layer norms, biases, cosine attention and exact GELU', otherParts],
  ])('draws the tokens of the reference: %s', async (_, parts) => {
    const { model, dispose } = rasterModel(parts);
    const reference = await tokensOf(model, {});

    expect(await tokensBy(model, {})).toEqual(reference);
    expect(await tokensBy(model, { threads: 3 })).toEqual(reference);
    dispose();
  });

  it('draws the tokens of the reference with filters, guidance and given ids', async () => {
    const { model, dispose } = rasterModel();
    expect(await tokensBy(model, {}, editOptions)).toEqual(await tokensOf(model, editOptions));
    dispose();
  });

  it.each([
    ['bf16', 12],
    ['int8', 11],
    ['int4', 8],
  ] as const)(
    'takes by %s weights at least %i of the 12 most probable tokens',
    async (format, least) => {
      const { model, dispose } = rasterModel();
      const sampling = { temperature: 0 };
      const reference = await tokensOf(model, { sampling });

      const tokens = await tokensBy(model, { format, build: 'plain' }, { sampling });

      const equal = tokens.filter((id, index) => id === reference[index]).length;
      expect(equal).toBeGreaterThanOrEqual(least);
      dispose();
    },
  );

  it.each(weightFormats)(
    'gives one seed the same tokens by %s weights every time',
    async (format) => {
      const { model, dispose } = rasterModel();

      const first = await tokensBy(model, { format, build: 'plain' });

      expect(await tokensBy(model, { format, build: 'plain', threads: 2 })).toEqual(first);
      dispose();
    },
  );

  it('multiplies on the engine from as many rows as asked, and draws the same tokens', async () => {
    const { model, dispose } = rasterModel(otherParts);
    const reference = await tokensOf(model, {});

    const { kernelNames } = await tf.profile(async () => {
      expect(await tokensBy(model, { engineRows: 1 })).toEqual(reference);
      return [];
    });
    expect(kernelNames).toContain('BatchMatMul');
    expect(await tokensBy(model, { engineRows: 2, threads: 2 })).toEqual(reference);
    await expectNoTensorLeak(() => tokensBy(model, { engineRows: 1 }));
    dispose();
  });

  it('runs two generations at once, each as if it were alone', async () => {
    const { model, dispose } = rasterModel();
    const executor = await cpuExecutor(model);

    const both = await Promise.all([
      tokensOf(model, { executor, seeds: [1n, 2n] }),
      tokensOf(model, { executor, seeds: [3n, 4n] }),
    ]);

    expect(both[0]).toEqual(await tokensOf(model, { seeds: [1n, 2n] }));
    expect(both[1]).toEqual(await tokensOf(model, { seeds: [3n, 4n] }));
    executor.dispose();
    dispose();
  });

  it('can be used again after a generation was left or aborted', async () => {
    const { model, dispose } = rasterModel();
    const executor = await cpuExecutor(model);
    const reason = new Error('enough');
    const condition = rasterCondition(2);
    for await (const { step } of decode(model, { seeds: [1n, 2n], condition, executor })) {
      if (step === 1) break;
    }
    const controller = new AbortController();
    const aborted = async () => {
      const options = { seeds: [1n, 2n], condition, executor, signal: controller.signal };
      for await (const { step } of decode(model, options)) if (step === 1) controller.abort(reason);
    };

    await expect(aborted()).rejects.toBe(reason);
    expect(await tokensOf(model, { executor })).toEqual(await tokensOf(model, {}));
    condition.dispose();
    executor.dispose();
    dispose();
  });

  it('leaves no tensor behind', async () => {
    const { model, dispose } = rasterModel();

    await expectNoTensorLeak(() => tokensBy(model, {}));
    dispose();
  });

  it('refuses NaN weights with the step at which they show', async () => {
    const { model, dispose } = rasterModel(llamaParts, (path, weight) =>
      path === 'head.weight' ? tf.fill(weight.shape, NaN) : weight.clone(),
    );

    await expect(tokensBy(model, {})).rejects.toThrow(NumericError);
    await expect(tokensBy(model, {})).rejects.toThrow('step 0');
    dispose();
  });

  it.each([0, -1, 1.5, NaN, 1000])('refuses %j threads', async (threads) => {
    const { model, dispose } = rasterModel();

    await expect(cpuExecutor(model, { threads })).rejects.toThrow(OptionError);
    dispose();
  });

  it('says all reasons why it cannot run a model', async () => {
    const { init, apply } = mlp({ width, hidden: 30, activation: (x) => x });
    const { model, dispose } = rasterModel({
      ...llamaParts,
      norm: { init: layerNorm().init, apply: layerNorm().apply },
      normPlacement: 'after',
      mlp: { form: { hidden: 30, isGated: false, activation: (x) => x }, init, apply },
    });

    await expect(cpuExecutor(model)).rejects.toThrow(UnsupportedError);
    await expect(cpuExecutor(model)).rejects.toThrow(
      /norm is of no known form.*norms stand behind.*activation.*hidden size must be a multiple of 4, it is 30/,
    );
    dispose();
  });

  it('refuses another model than its own', async () => {
    const [own, other] = [rasterModel(), rasterModel()];
    const executor = await cpuExecutor(own.model);

    await expect(tokensOf(other.model, { executor })).rejects.toThrow(OptionError);
    executor.dispose();
    own.dispose();
    other.dispose();
  });

  it('says how many items fit, and refuses more with the largest region before it runs', async () => {
    const { model, dispose } = rasterModel();
    const executor = await cpuExecutor(model);
    const items = 4_000_000;

    expect(executor.fits(model.plan, 2, true)).toBe(true);
    expect(executor.fits(model.plan, items, false)).toBe(false);
    const seeds = Array.from({ length: items }, () => 1n);
    const condition = tf.zeros([items, 1]);
    const run = decode(model, { seeds, condition, executor }).next();
    await expect(run).rejects.toThrow(/of which .* MiB\. Generate fewer items at once/);
    condition.dispose();
    executor.dispose();
    dispose();
  });

  it('must not be used after dispose', async () => {
    const { model, dispose } = rasterModel();
    const executor = await cpuExecutor(model);
    executor.dispose();
    executor.dispose();

    await expect(tokensOf(model, { executor })).rejects.toThrow(ResourceError);
    dispose();
  });
});

/** Tokens of two items by a new executor. */
async function tokensBy(
  model: SequenceModel,
  how: CpuExecutorOptions,
  options: Partial<DecodeOptions> = {},
): Promise<Int32Array> {
  const executor = await cpuExecutor(model, how);
  try {
    return await tokensOf(model, { ...options, executor });
  } finally {
    executor.dispose();
  }
}
