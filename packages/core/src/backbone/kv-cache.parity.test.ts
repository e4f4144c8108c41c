import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { toInt32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { importParams } from '../io/import-map.ts';
import type { ImportRule } from '../io/import-map.ts';
import { float32Tensor, toFloat32 } from '../io/host-tensor.ts';
import { additiveMask } from '../layers/additive-mask.ts';
import { selfAttention } from '../layers/attention.ts';
import { geluTanh } from '../layers/activation.ts';
import { mlp } from '../layers/mlp.ts';
import { rmsNorm } from '../layers/norm.ts';
import { rotaryTable } from '../layers/rotary-table.ts';
import type { RotaryRows } from '../layers/rotary.ts';
import { makePlan } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { visibleMask } from '../plan/attention-mask.ts';
import { uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import { sampleRow } from '../sampling/filters.ts';
import { combineGuidance } from '../sampling/guidance.ts';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { loadFixture } from '../testing/fixture.ts';
import type { Fixture } from '../testing/fixture.ts';
import { largestDifference } from '../testing/tensor-checks.ts';
import type { Backbone, BackboneState, Rows } from './backbone.ts';
import { transformer } from './transformer.ts';
import type { TransformerParams } from './transformer.ts';

interface Decoding {
  readonly cls: number;
  readonly scale: number;
  readonly tokens: readonly number[];
  readonly key?: Key;
  readonly top_k?: number;
  readonly temperature?: number;
}

interface Config {
  readonly d_model: number;
  readonly heads: number;
  readonly head_dim: number;
  readonly layers: number;
  readonly vocab: number;
  readonly mlp_hidden: number;
  readonly rms_eps: number;
  readonly plans: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly decode: Readonly<Record<string, Decoding>>;
  readonly tolerance: { readonly float32: number };
}

describeParity('cached decoding', { modality: 'core', system: 'kv_cache' }, () => {
  const { plans, decode } = readFixtureJson<Config>('core', 'kv_cache', 'config.json');
  const { negative_controls: controls, ...described } = plans;
  const planNames = Object.keys(described);
  const named = (kind: string): string => planNames.find((name) => name.startsWith(kind)) ?? '';
  const [scales, raster] = [named('var'), named('raster')];
  let fixture: Fixture<Config>;
  let backbone: Backbone<TransformerParams>;
  let params: TransformerParams;
  let head: tf.Tensor2D;
  /** Keys and values as the last call of the attention of each layer saw them. */
  let seen: { keys: tf.Tensor4D; values: tf.Tensor4D }[];
  let tolerance: number;

  const stored = (name: string): HostTensor => fixture.io.get(name) as HostTensor;
  const tensorOf = (name: string): tf.Tensor =>
    tf.tensor(fixture.values(name), [...stored(name).shape]);
  const rowsOf = (name: string): tf.Tensor3D => {
    const [count, width] = stored(name).shape;
    return tf.tensor3d(fixture.values(name), [1, count, width]);
  };
  const angles = (coordinates: ArrayLike<number>): RotaryRows =>
    rotaryTable({ coordinates, rank: 2, headSize: fixture.config.head_dim });
  const weightsOf = (name: string): Float32Array =>
    toFloat32(fixture.weights('').get(name) as HostTensor);
  const logitsOf = (hidden: tf.Tensor3D): Promise<Float32Array> =>
    tf.matMul(hidden.reshape([-1, hidden.shape[2]]), head).data<'float32'>();
  const open = (capacity: number): BackboneState => backbone.open(params, { batch: 1, capacity });
  const rows = (x: tf.Tensor3D, coords: ArrayLike<number>, mask?: tf.Tensor): Rows => ({
    x,
    rotary: angles(coords),
    ...(mask && { mask }),
  });
  /** Rows `from` up to `to` in generation order. */
  const part = (name: string, from: number, to: number): Rows => {
    const { positions } = planOf(fixture, name);
    const cells = tf.tensor1d(positions.subarray(from, to), 'int32');
    const coords = tf.gather(tensorOf(`${name}.coords`), cells).dataSync<'float32'>();
    return rows(tf.gather(rowsOf(`${name}.x`), cells, 1) as tf.Tensor3D, coords);
  };
  /** Logits of the fixture, which lie in raster order, in generation order. */
  const orderedLogits = (name: string): Promise<Float32Array> => {
    const cells = tf.tensor1d(planOf(fixture, name).positions, 'int32');
    return tf.gather(tensorOf(`${name}.logits`), cells).data<'float32'>();
  };
  const expectLogits = async (hidden: tf.Tensor3D, expected: ArrayLike<number>) => {
    expect(largestDifference(await logitsOf(hidden), expected)).toBeLessThanOrEqual(tolerance);
  };

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>('core', 'kv_cache');
    const { config } = fixture;
    tolerance = config.tolerance.float32;
    const attention = selfAttention({ width: config.d_model, heads: config.heads });
    seen = [];
    backbone = transformer({
      blocks: config.layers,
      width: config.d_model,
      norm: rmsNorm({ epsilon: config.rms_eps }),
      attention: {
        ...attention,
        apply: (weights, x, context) =>
          attention.apply(weights, x, {
            ...context,
            remember: (keys, values) => {
              const all = context.remember?.(keys, values) ?? {
                keys,
                values,
                count: keys.shape[2],
              };
              const filled = (cache: tf.Tensor4D): tf.Tensor4D =>
                tf.keep(tf.slice(cache, 0, [-1, -1, all.count, -1]));
              seen.push({ keys: filled(all.keys), values: filled(all.values) });
              return all;
            },
          }),
      },
      mlp: mlp({ width: config.d_model, hidden: config.mlp_hidden, activation: geluTanh }),
    });
    params = importParams(
      backbone.init(initializer([0, 0])),
      rulesOf(config.layers),
      withFusedQkv(fixture),
    );
    head = tf.tensor2d(weightsOf('head'), [config.d_model, config.vocab]);
  });

  it.each(planNames)(
    'gives the logits of %s in one pass with the block-causal mask',
    async (name) => {
      const plan = planOf(fixture, name);
      const mask = additiveMask(visibleMask(plan), plan.positions.length);
      const all = { ...part(name, 0, plan.positions.length), mask };

      await expectLogits(backbone.forward(params, all), await orderedLogits(name));
    },
  );

  it.each(planNames)(
    'gives the logits of %s step by step, and its keys and values',
    async (name) => {
      const { positions, stepStarts } = planOf(fixture, name);
      const state = open(positions.length);
      const parts = stepStarts.slice(1).map((end, step) => {
        seen = [];
        return state.extend(part(name, stepStarts[step], end));
      });

      await expectLogits(tf.concat(parts, 1), await orderedLogits(name));
      const [first, second] = seen;
      const slots = (tensor: tf.Tensor4D) => tf.transpose(tensor, [0, 2, 1, 3]).data();
      const keys = largestDifference(await slots(first.keys), fixture.values(`${name}.k_layer0`));
      const values = largestDifference(
        await slots(second.values),
        fixture.values(`${name}.v_layer1`),
      );
      expect([keys, values].every((difference) => difference <= tolerance)).toBe(true);
    },
  );

  it('gives other logits of the scales when tokens of a step may not see each other', async () => {
    const count = planOf(fixture, scales).positions.length;
    const triangle = Uint8Array.from({ length: count * count }, (_, index) =>
      index % count <= Math.floor(index / count) ? 1 : 0,
    );
    const all = { ...part(scales, 0, count), mask: additiveMask(triangle, count) };

    const logits = await logitsOf(backbone.forward(params, all));

    const difference = largestDifference(logits, fixture.values(`${scales}.logits`));
    const [expected] = Object.values(controls);
    expect(difference).toBeCloseTo(expected, 4);
  });

  it('goes on after truncating as if the dropped rows had never been', async () => {
    const coords = fixture.values(`${raster}.coords`);
    const cells = coords.length / 2;
    const state = open(cells);
    state.extend({ ...part(raster, 0, 4), mask: causal(4, 0) });

    const draftX = rowsOf('rollback.draft_x');
    const [, drafts] = draftX.shape;
    const draft = rows(draftX, coords.subarray(8, 8 + 2 * drafts), causal(drafts, 4));
    const verified = state.extend(draft);
    state.truncate(5);
    const rest = state.extend({ ...part(raster, 5, cells), mask: causal(cells - 5, 5) });

    await expectLogits(verified, fixture.values('rollback.verify_logits'));
    await expectLogits(rest, fixture.values('rollback.rest_logits'));
  });

  it('evaluates the branches of a tree in one peek, and forgets them', async () => {
    const coords = fixture.values(`${raster}.coords`);
    const state = open(8);
    state.extend({ ...part(raster, 0, 4), mask: causal(4, 0) });
    const tree = ['1000', '1100', '0010', '0011'].flatMap((row) =>
      Array.from(`1111${row}`, Number),
    );
    const branch = [...coords.subarray(8, 12)];
    const mask = additiveMask(Uint8Array.from(tree), 8);

    const hidden = state.peek(rows(rowsOf('tree.x'), [...branch, ...branch], mask));

    await expectLogits(hidden, fixture.values('tree.logits'));
    expect(state.length).toBe(4);
  });

  it.each(Object.keys(decode))('decodes the tokens of %s with guidance', async (name) => {
    const { config } = fixture;
    const decoding = config.decode[name];
    const { key, top_k: topK = 0, temperature = 1 } = decoding;
    const [classes, tokens, places] = ['class_emb', 'tok_emb', 'step_emb'].map(weightsOf);
    const width = config.d_model;
    const coords = fixture.values(`${raster}.coords`);
    const cells = decoding.tokens.length;
    const free = classes.length / width - 1;
    const state = backbone.open(params, { batch: 2, capacity: cells });
    const drawn: number[] = [];
    const combined: number[] = [];
    for (let cell = 0; cell < cells; cell++) {
      const inputs = [decoding.cls, free].flatMap((cls) =>
        Array.from({ length: width }, (_, channel) => {
          const before =
            cell === 0 ? classes[cls * width + channel] : tokens[drawn[cell - 1] * width + channel];
          return before + places[cell * width + channel];
        }),
      );
      const x = tf.tensor3d(inputs, [2, 1, width]);
      const both = await logitsOf(state.extend(rows(x, coords.subarray(2 * cell, 2 * cell + 2))));
      const [c, u] = [both.subarray(0, config.vocab), both.subarray(config.vocab)];
      const logits = combineGuidance(c, u, decoding.scale, new Float32Array(config.vocab));
      combined.push(...logits);
      // The fixture folds its key with the position alone.
      const uniform = key === undefined ? 0 : uniforms(foldIn(key, cell), 1)[0];
      const sampling = key === undefined ? { temperature: 0 } : { topK, temperature };
      drawn.push(sampleRow(logits, sampling, uniform));
    }

    expect(drawn).toEqual([...decoding.tokens]);
    const difference = largestDifference(combined, fixture.values(`decode.${name}.logits`));
    // Guidance multiplies the rounding of both halves by 2 s - 1 at most.
    expect(difference).toBeLessThanOrEqual(tolerance * Math.max(1, 2 * decoding.scale - 1));
  });
});

/** `count` rows behind `before` remembered ones, each seeing those before it. */
function causal(count: number, before: number): tf.Tensor2D {
  const visible = Uint8Array.from({ length: count * (before + count) }, (_, index) =>
    index % (before + count) <= before + Math.floor(index / (before + count)) ? 1 : 0,
  );
  return additiveMask(visible, before + count);
}

function planOf(fixture: Fixture<Config>, name: string): Plan {
  const steps = toInt32(fixture.io.get(`${name}.steps`) as HostTensor);
  // Stable, so that the cells of a step stay in raster order.
  const order = [...steps.keys()].toSorted((a, b) => steps[a] - steps[b]);
  const stepStarts = [...order.keys()].filter((i) => steps[order[i]] !== steps[order[i - 1]]);
  return makePlan({
    name,
    positions: Int32Array.from(order),
    stepStarts: [...stepStarts, steps.length],
    coordinates: fixture.values(`${name}.coords`),
    rank: 2,
    visibility: { kind: 'causal' },
  });
}

/** The fixture stores weights `[in, out]`, as nextx does. */
function rulesOf(layers: number): ImportRule[] {
  const blocks = Array.from({ length: layers }, (_, layer) =>
    [
      ['attentionNorm.scale', 'norm1'],
      ['attention.qkv', 'wqkv'],
      ['attention.output.weight', 'wo'],
      ['mlpNorm.scale', 'norm2'],
      ['mlp.up.weight', 'w1'],
      ['mlp.up.bias', 'b1'],
      ['mlp.down.weight', 'w2'],
      ['mlp.down.bias', 'b2'],
    ].map(([own, official]) => ({
      own: `blocks.${layer}.${own}`,
      official: `layers.${layer}.${official}`,
    })),
  );
  return [...blocks.flat(), { own: 'finalNorm.scale', official: 'norm_f' }];
}

/** The fixture's tensors, and queries, keys and values side by side. */
function withFusedQkv(fixture: Fixture<Config>): Map<string, HostTensor> {
  const official = fixture.weights('');
  const { d_model: width, layers } = fixture.config;
  for (let layer = 0; layer < layers; layer++) {
    const parts = ['wq', 'wk', 'wv'].map((name) =>
      toFloat32(official.get(`layers.${layer}.${name}`) as HostTensor),
    );
    const fused = Float32Array.from({ length: width * 3 * width }, (_, index) => {
      const [row, column] = [Math.floor(index / (3 * width)), index % (3 * width)];
      return parts[Math.floor(column / width)][row * width + (column % width)];
    });
    official.set(`layers.${layer}.wqkv`, float32Tensor(fused, [width, 3 * width]));
  }
  return official;
}
