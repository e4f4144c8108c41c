import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { transformer } from '../backbone/transformer.ts';
import { OptionError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { disposeParams, mapParams } from '../params.ts';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { selfAttention } from './attention.ts';
import { loadBalancingLoss, mixtureOfExperts, routeRows } from './mixture-of-experts.ts';
import type { MixtureOfExpertsParams, Routing } from './mixture-of-experts.ts';
import { gatedMlp } from './mlp.ts';
import { rmsNorm } from './norm.ts';

beforeAll(() => tf.setBackend('cpu'));

const sizes = { width: 4, experts: 3, expertsPerRow: 2, hidden: 5 };
const random = (shape: number[], key = 1): tf.Tensor => initializer([key, 0]).normal(shape, 1);
const made = (options: Parameters<typeof mixtureOfExperts>[0] = sizes) => {
  const layer = mixtureOfExperts(options);
  const params = mapParams(layer.init(initializer([2, 2])), (weight, path) =>
    random(weight.shape, path.length).mul(0.5),
  );
  return { layer, params };
};
/** What one expert by itself gives. */
const expertOf = ({ experts }: MixtureOfExpertsParams, index: number, x: tf.Tensor3D) => {
  const { width, hidden } = sizes;
  const own = (weight: tf.Tensor2D) =>
    tf.slice(weight, [0, index * hidden], [width, hidden]) as tf.Tensor2D;
  return gatedMlp({ width, hidden }).apply(
    {
      gate: { weight: own(experts.gate.weight) },
      up: { weight: own(experts.up.weight) },
      down: { weight: own(experts.down).transpose() },
    },
    x,
  );
};

describe('routeRows', () => {
  it('takes the likeliest experts of each row, with probabilities among all', async () => {
    const router = { weight: tf.eye(3) as tf.Tensor2D };
    const rows = tf.tensor2d([1, 0, 2, 5, 4, 0], [2, 3]);

    const { probabilities, choices } = routeRows(router, rows, 2);

    const sum = Math.exp(1) + 1 + Math.exp(2);
    const [first] = tf.unstack(probabilities);
    await expectAllClose(first, [Math.exp(1) / sum, 1 / sum, Math.exp(2) / sum], 1e-6);
    // First and second choice of the first row, then of the second.
    expect([...(await choices.data())]).toEqual([0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0]);
  });

  it('frees everything but its results', async () => {
    const router = { weight: random([4, 3]) as tf.Tensor2D };
    const rows = random([2, 4]) as tf.Tensor2D;
    await expectNoTensorLeak(() => tf.dispose(routeRows(router, rows, 2)));
  });
});

describe('mixtureOfExperts', () => {
  it('is the sum of the chosen experts, weighted by their probabilities', async () => {
    const { layer, params } = made();
    const x = random([1, 1, 4], 9) as tf.Tensor3D;
    const { probabilities, choices } = routeRows(params.router, x.reshape([1, 4]), 2);
    const weights = await probabilities.data();
    const chosen = await tf.sum(choices, 1).data();
    const parts = [0, 1, 2].map((expert) =>
      expertOf(params, expert, x).mul(weights[expert] * chosen[expert]),
    );

    const mixed = layer.apply(params, x);

    expect([...chosen].toSorted((a, b) => a - b)).toEqual([0, 1, 1]);
    await expectAllClose(mixed, await tf.addN(parts).data(), 1e-5);
  });

  it('adds an expert of all rows, by a share of its own', async () => {
    const { layer, params } = made({ ...sizes, sharedHidden: 6 });
    const { shared, ...sparse } = params;
    const x = random([2, 3, 4], 9) as tf.Tensor3D;
    const mlp = shared?.mlp as NonNullable<typeof shared>['mlp'];
    const share = tf.sigmoid(tf.matMul(x.reshape([6, 4]), shared?.gate.weight as tf.Tensor2D));
    const common = gatedMlp({ width: 4, hidden: 6 })
      .apply(mlp, x)
      .mul(share.reshape([2, 3, 1]));

    const all = layer.apply(params, x);

    await expectAllClose(all, await layer.apply(sparse, x).add(common).data(), 1e-5);
  });

  it('has derivatives of routers and experts that match finite differences', async () => {
    const { layer, params } = made();
    const x = random([1, 3, 4], 9) as tf.Tensor3D;
    const loss = (weight: tf.Tensor) => {
      const router = { weight: weight as tf.Tensor2D };
      return tf.sum(layer.apply({ ...params, router }, x).square());
    };
    const weight = params.router.weight;
    const step = 1e-2;
    const nudge = tf.buffer([4, 3]);
    nudge.set(step, 1, 2);
    const delta = nudge.toTensor();

    const [, , , , , derivative] = await tf.grad(loss)(weight).data();

    const [above] = await loss(weight.add(delta)).data();
    const [below] = await loss(weight.sub(delta)).data();
    expect(derivative).toBeCloseTo((above - below) / (2 * step), 2);
  });

  it('is a part of a transformer, cached and not', async () => {
    const parts = {
      blocks: 2,
      width: 4,
      norm: rmsNorm(),
      attention: selfAttention({ width: 4, heads: 2 }),
      mlp: mixtureOfExperts({ ...sizes, sharedHidden: 6 }),
    };
    const backbone = transformer(parts);
    const params = backbone.init(initializer([1, 1]));
    const x = random([1, 2, 4]) as tf.Tensor3D;
    const state = backbone.open(params, { batch: 1, capacity: 2 });
    state.extend({ x: x.slice([0, 0, 0], [1, 1, 4]) }).dispose();

    const last = state.extend({ x: x.slice([0, 1, 0]) });

    const whole = backbone.forward(params, { x }).slice([0, 1, 0]);
    expect(largestDifference(await last.data(), await whole.data())).toBeLessThan(1e-5);
  });

  it.each([0, 4])('refuses %i of 3 experts a row', (expertsPerRow) => {
    expect(() => mixtureOfExperts({ ...sizes, expertsPerRow })).toThrow(OptionError);
  });

  it('frees everything but its result', async () => {
    const { layer, params } = made({ ...sizes, sharedHidden: 6 });
    const x = random([1, 3, 4]) as tf.Tensor3D;
    await expectNoTensorLeak(() => {
      layer.apply(params, x).dispose();
      disposeParams(layer.init(initializer([1, 1])));
    });
  });
});

describe('loadBalancingLoss', () => {
  const routing = (probabilities: number[], experts: number[]): Routing => ({
    probabilities: tf.tensor2d(probabilities, [experts.length, 2]),
    choices: tf
      .oneHot(tf.tensor2d(experts, [experts.length, 1], 'int32'), 2)
      .toFloat() as tf.Tensor3D,
  });

  it('is the number of choices where all experts have equal parts', async () => {
    const loss = loadBalancingLoss([routing([0.6, 0.4, 0.4, 0.6], [0, 1])]);

    await expectAllClose(loss, [1], 1e-6);
  });

  it('grows as one expert gets all, counted over all layers', async () => {
    const one = routing([0.8, 0.2, 0.8, 0.2], [0, 0]);
    const even = routing([0.6, 0.4, 0.4, 0.6], [0, 1]);

    await expectAllClose(loadBalancingLoss([one]), [1.6], 1e-6);
    // Shares 3/4 and 1/4, probabilities 0.65 and 0.35.
    await expectAllClose(loadBalancingLoss([one, even]), [2 * (0.75 * 0.65 + 0.25 * 0.35)], 1e-6);
  });

  it('frees everything but its result', async () => {
    const given = routing([0.8, 0.2], [0]);
    await expectNoTensorLeak(() => loadBalancingLoss([given]).dispose());
  });
});
