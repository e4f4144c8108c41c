import { add, customGrad, mul, reshape, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { silu } from './activation.ts';
import { canInfer, hasFusedKernels, runFusedKernel } from './fused-kernels.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';
import type { Norm, NormParams } from './norm.ts';

/** What a condition does to one normalized input: `x · (1 + scale) + shift`, each `[B, 1, C]`. */
export type ScaleShift = {
  scale: Tensor3D;
  shift: Tensor3D;
};

/** What a condition does to one block. */
export type BlockModulation = {
  attention: ScaleShift & { gate: Tensor3D };
  mlp: ScaleShift & { gate: Tensor3D };
};

/** Weights of the modulation of all blocks and of the last norm. */
export type ModulationParams = {
  /** One projection for all blocks, where they share it. */
  shared?: LinearParams;
  blocks: { projection?: LinearParams; offset?: Tensor }[];
  final: LinearParams;
};

/** All vectors that one batch of conditions gives. */
export type Modulations = {
  blocks: BlockModulation[];
  final: ScaleShift;
};

/** Turns a condition vector into scales, shifts and gates, as a part of a transformer. */
export interface Modulation {
  init(sizes: { width: number; blocks: number }, initializer: Initializer): ModulationParams;
  /** @param condition  `[B, C]`; borrowed. Results are owned by the caller. */
  apply(params: ModulationParams, condition: Tensor2D): Modulations;
}

/**
 * Adaptive layer normalization (Peebles and Xie 2023; Tian et al. 2024): six vectors a block from
 * `Linear(silu(condition))`, in VAR's order gate, gate, scale, scale, shift, shift.
 */
export function adaLayerNorm(): Modulation {
  return {
    init: ({ width, blocks }, initializer) => ({
      blocks: Array.from({ length: blocks }, () => ({
        projection: initLinear({ inFeatures: width, outFeatures: 6 * width }, initializer),
      })),
      final: initLinear({ inFeatures: width, outFeatures: 2 * width }, initializer),
    }),
    apply: (params, condition) =>
      tidy(() => {
        const active = silu(condition);
        return {
          blocks: params.blocks.map(({ projection }) =>
            sixVectors(projection === undefined ? active : linear(projection, active)),
          ),
          final: twoVectors(linear(params.final, active)),
        };
      }),
  };
}

/** The same with one projection for all blocks, to which each adds its own learned `[6 C]` offset (VAR-d36). */
export function sharedAdaLayerNorm(): Modulation {
  return {
    init: ({ width, blocks }, initializer) => ({
      shared: initLinear({ inFeatures: width, outFeatures: 6 * width }, initializer),
      blocks: Array.from({ length: blocks }, () => ({
        offset: initializer.truncatedNormal([6 * width], width ** -0.5),
      })),
      final: initLinear({ inFeatures: width, outFeatures: 2 * width }, initializer),
    }),
    apply: (params, condition) =>
      tidy(() => {
        const active = silu(condition);
        const shared = params.shared === undefined ? active : linear(params.shared, active);
        return {
          blocks: params.blocks.map(({ offset }) =>
            sixVectors(offset === undefined ? shared : add(shared, offset)),
          ),
          final: twoVectors(linear(params.final, active)),
        };
      }),
  };
}

/** `x · (1 + scale) + shift`, `[B, n, C]`. */
export function modulate(x: Tensor3D, { scale, shift }: ScaleShift): Tensor3D {
  if (!hasFusedKernels()) return tidy(() => add(mul(x, add(scale, 1)), shift));
  const operation = customGrad((...given) => {
    const [values, factors, offsets] = given as Tensor[];
    const save = given[3] as (tensors: Tensor[]) => void;
    save([values, factors]);
    return {
      value: runFusedKernel('NextxModulate', { x: values, scale: factors, shift: offsets })[0],
      gradFunc: (dy: Tensor, [savedX, savedScale]: Tensor[]) =>
        runFusedKernel('NextxModulateGrad', { x: savedX, scale: savedScale, dy }),
    };
  });
  return tidy(() => operation(x, scale, shift)) as Tensor3D;
}

/**
 * `modulate(norm(x))`, in one pass where the engine has it.
 *
 * @param x  `[B, n, C]`; borrowed.
 * @returns Same shape; owned by the caller.
 */
export function modulatedNorm(
  { norm, params }: { readonly norm: Norm; readonly params: NormParams },
  x: Tensor3D,
  { scale, shift }: ScaleShift,
): Tensor3D {
  const { form } = norm;
  const isAffine = params.scale !== undefined || params.shift !== undefined;
  if (form === undefined || isAffine || !canInfer('NextxModulatedNorm')) {
    return tidy(() => modulate(norm.apply(params, x), { scale, shift }));
  }
  const kind = form.kind === 'layer' ? 0 : 1;
  const attributes = { kind, epsilon: form.epsilon };
  return runFusedKernel('NextxModulatedNorm', { x, scale, shift }, attributes)[0] as Tensor3D;
}

/** `x + values · gate`: a branch joins the residual stream, `[B, n, C]`; the gate is `[B, 1, C]`. */
export function gatedAdd(x: Tensor3D, values: Tensor3D, gate: Tensor3D): Tensor3D {
  if (!hasFusedKernels()) return tidy(() => add(x, mul(values, gate)));
  const operation = customGrad((...given) => {
    const [stream, branch, factors] = given as Tensor[];
    const save = given[3] as (tensors: Tensor[]) => void;
    save([branch, factors]);
    return {
      value: runFusedKernel('NextxGatedAdd', { x: stream, values: branch, gate: factors })[0],
      gradFunc: (dy: Tensor, [savedBranch, savedGate]: Tensor[]) => [
        dy.clone(),
        ...runFusedKernel('NextxGatedAddGrad', { values: savedBranch, gate: savedGate, dy }),
      ],
    };
  });
  return tidy(() => operation(x, values, gate)) as Tensor3D;
}

function sixVectors(rows: Tensor2D): BlockModulation {
  const [attentionGate, mlpGate, attentionScale, mlpScale, attentionShift, mlpShift] =
    conditionVectors(rows, 6);
  return {
    attention: { gate: attentionGate, scale: attentionScale, shift: attentionShift },
    mlp: { gate: mlpGate, scale: mlpScale, shift: mlpShift },
  };
}

function twoVectors(rows: Tensor2D): ScaleShift {
  const [scale, shift] = conditionVectors(rows, 2);
  return { scale, shift };
}

/** The `count` vectors of width `C` that one projection gives at once: `[B, count · C]` to `[B, 1, C]` each. */
export function conditionVectors(rows: Tensor2D, count: number): Tensor3D[] {
  const [batch, features] = rows.shape;
  const width = features / count;
  return Array.from({ length: count }, (_, index) =>
    reshape(slice(rows, [0, index * width], [batch, width]), [batch, 1, width]),
  );
}
