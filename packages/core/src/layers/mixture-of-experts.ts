import {
  add,
  concat,
  customGrad,
  matMul,
  mean,
  mul,
  oneHot,
  reshape,
  sigmoid,
  softmax,
  sum,
  tidy,
  topk,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';
import { silu } from './activation.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';
import { gatedMlp } from './mlp.ts';
import type { Mlp, MlpParams } from './mlp.ts';

/** Weights of a mixture of experts. */
export type MixtureOfExpertsParams = {
  /** `[C, E]` */
  router: LinearParams;
  /** Gated units of all experts side by side, those of expert e from `e · F` on. */
  experts: {
    /** `[C, E · F]` */
    gate: LinearParams;
    /** `[C, E · F]` */
    up: LinearParams;
    /** `[C, E · F]`, transposed: its rows are outputs. */
    down: Tensor2D;
  };
  /** The expert of all rows, and `[C, 1]`, how much of it each takes. */
  shared?: { mlp: MlpParams; gate: LinearParams };
};

/** Sizes of a mixture of experts. */
export interface MixtureOfExpertsOptions {
  readonly width: number;
  /** Experts, E. */
  readonly experts: number;
  /** Experts that a row uses, K. */
  readonly expertsPerRow: number;
  /** Hidden features of an expert, F. */
  readonly hidden: number;
  /** Hidden features of an expert that all rows use. @defaultValue none */
  readonly sharedHidden?: number;
  /** Told where each call sent its rows, by tensors that live until it returns. */
  readonly observe?: (routing: Routing) => void;
}

/** Where rows were sent. */
export type Routing = {
  /** `[N, E]`, the softmax of the router over all experts. */
  probabilities: Tensor2D;
  /** `[N, K, E]`, 1 for the expert of each row's k-th choice; it has no derivative. */
  choices: Tensor3D;
};

/**
 * A mixture of experts as the feed-forward half of a block (Shazeer et al. 2017; Shi et al. 2025, Time-MoE): each row is
 * the sum of the gated units of its K likeliest experts, weighted by their probabilities among all, which need not sum to
 * 1, and of a shared one. Experts of equal size side by side are one wide unit whose hidden features are scaled by the
 * weight of their expert, 0 for those not chosen: three products on any engine, none of which waits for the choice.
 *
 * @throws {OptionError} if rows are to use more experts than there are.
 */
export function mixtureOfExperts(options: MixtureOfExpertsOptions): Mlp<MixtureOfExpertsParams> {
  const { experts, expertsPerRow, observe } = options;
  if (!(expertsPerRow >= 1 && expertsPerRow <= experts)) {
    throw new OptionError(
      `mixtureOfExperts: rows must use 1 to all ${experts} experts, got ${expertsPerRow}. Choose fewer.`,
    );
  }
  const shared = sharedExpert(options);
  return {
    init: (initializer) => initMixture(options, initializer),
    apply: (params, x) =>
      tidy(() => {
        const [batch, count, width] = x.shape;
        const rows: Tensor2D = reshape(x, [batch * count, width]);
        const routing = routeRows(params.router, rows, expertsPerRow);
        observe?.(routing);
        const sparse: Tensor = reshape(chosenExperts(params.experts, rows, routing), x.shape);
        if (shared === undefined || params.shared === undefined) return sparse as Tensor3D;
        const share = sigmoid(linear(params.shared.gate, x));
        return add(sparse, mul(share, shared.apply(params.shared.mlp, x)));
      }),
  };
}

/** The probabilities of a router and the `expertsPerRow` likeliest experts of each row `[N, C]`; owned by the caller. */
export function routeRows(router: LinearParams, rows: Tensor2D, expertsPerRow: number): Routing {
  const experts = router.weight.shape[1];
  return tidy(() => {
    const probabilities = softmax(linear(router, rows));
    const choose = customGrad((given) => {
      const { indices } = topk(given as Tensor2D, expertsPerRow, true);
      return {
        value: oneHot(indices, experts, 1, 0, 'float32'),
        // What is chosen does not change under a small step.
        gradFunc: () => zerosLike(given as Tensor),
      };
    });
    return { probabilities, choices: choose(probabilities) as Tensor3D };
  });
}

/**
 * How unevenly rows are spread (Fedus et al. 2022, Switch Transformers, equation 4, over several layers and choices):
 * `E · Σ_k Σ_e share_ke · probability_e`, with the share of all rows whose k-th choice is expert e, and the mean
 * probability of e. It is K where all experts have equal parts.
 *
 * @param routings  Of all layers, with as many rows each; borrowed.
 * @returns Owned by the caller; its derivative is that of the probabilities.
 */
export function loadBalancingLoss(routings: readonly Routing[]): Scalar {
  return tidy(() => {
    const all = concat(routings.map(({ probabilities }) => probabilities));
    const choices = concat(routings.map((routing) => routing.choices));
    const probability: Tensor1D = mean(all, 0);
    const share: Tensor2D = mean(choices, 0);
    return mul(sum(mul(share, probability)), all.shape[1]) as Scalar;
  });
}

/** Rows by the gated units of their experts, `[N, C]`. */
function chosenExperts(
  { gate, up, down }: MixtureOfExpertsParams['experts'],
  rows: Tensor2D,
  { probabilities, choices }: Routing,
): Tensor2D {
  const [count, experts] = probabilities.shape;
  const weights = mul(probabilities, sum(choices, 1));
  const hidden = mul(silu(linear(gate, rows)), linear(up, rows));
  const scaled = mul(reshape(hidden, [count, experts, -1]), reshape(weights, [count, experts, 1]));
  return matMul(reshape(scaled, [count, -1]) as Tensor2D, down, false, true);
}

function sharedExpert({ width, sharedHidden }: MixtureOfExpertsOptions): Mlp | undefined {
  return sharedHidden === undefined ? undefined : gatedMlp({ width, hidden: sharedHidden });
}

function initMixture(
  options: MixtureOfExpertsOptions,
  initializer: Initializer,
): MixtureOfExpertsParams {
  const { width, experts, hidden } = options;
  const shared = sharedExpert(options);
  const from = (outFeatures: number): LinearParams =>
    initLinear({ inFeatures: width, outFeatures, hasBias: false }, initializer);
  return {
    router: from(experts),
    experts: {
      gate: from(experts * hidden),
      up: from(experts * hidden),
      down: from(experts * hidden).weight,
    },
    ...(shared && { shared: { mlp: shared.init(initializer), gate: from(1) } }),
  };
}
