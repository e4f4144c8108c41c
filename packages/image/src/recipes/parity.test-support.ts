import { exportParams, mapParams, toFloat32, toInt32 } from '@nextx/core';
import type { HostTensor, ImportRule, Norm, ParamTree, TransformerParams } from '@nextx/core';
import { excessOverTolerance } from '@nextx/core/testing';
import type { Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { expect } from 'vitest';

/** Makes WebAssembly compute: its convolutions are tens of times faster than those of plain JS. */
export async function useWasm(): Promise<void> {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
}

/** Compares with stored tensors, and remembers which ones were. */
export interface Comparison {
  /** Names of the stored tensors that were compared or used. */
  readonly seen: ReadonlySet<string>;
  /** Within the fixture's tolerance. */
  expectParity(name: string, actual: ArrayLike<number>): void;
  /** Exactly equal integers. */
  expectIds(name: string, actual: ArrayLike<number>): void;
  /** A stored tensor as input. */
  tensorOf(name: string): tf.Tensor;
  /** A stored tensor of integers. */
  integers(name: string): Int32Array;
}

/** A comparison with one fixture. */
export function comparison<Config>(fixture: Fixture<Config>): Comparison {
  const seen = new Set<string>();
  const stored = (name: string): HostTensor => {
    seen.add(name);
    const tensor = fixture.io.get(name);
    if (tensor === undefined) throw new Error(`the fixture has no "${name}"`);
    return tensor;
  };
  return {
    seen,
    expectParity: (name, actual) => {
      const expected = toFloat32(stored(name));
      const { tolerance } = fixture.config;
      expect(excessOverTolerance(name, actual, expected, tolerance), name).toBeLessThanOrEqual(0);
    },
    expectIds: (name, actual) => {
      expect(Array.from(actual), name).toEqual([...toInt32(stored(name))]);
    },
    tensorOf: (name) => {
      const tensor = stored(name);
      return tensor.dtype.startsWith('F')
        ? tf.tensor(toFloat32(tensor), [...tensor.shape])
        : tf.tensor(toInt32(tensor), [...tensor.shape], 'int32');
    },
    integers: (name) => toInt32(stored(name)),
  };
}

/** Gradients of a loss with respect to all weights, under their official names. */
export async function officialGradients(
  params: ParamTree,
  rules: readonly ImportRule[],
  loss: (tree: ParamTree) => tf.Scalar,
): Promise<Map<string, HostTensor>> {
  const variables = mapParams(params, (tensor) => tf.variable(tensor));
  const { grads } = tf.variableGrads(() => loss(variables));
  const tree = mapParams(variables, (variable) => {
    // Every leaf was made by tf.variable above.
    const { name } = variable as tf.Variable;
    return (grads[name] as tf.Tensor | null) ?? tf.zeros(variable.shape);
  });
  return exportParams(tree, rules);
}

/** Euclidean norm of all values. */
export function normOf(tensor: HostTensor): number {
  return Math.sqrt(toFloat32(tensor).reduce((sum, value) => sum + value * value, 0));
}

/** A norm that also keeps what it is given before the second block and at the end: the output of the first and last. */
export function tappedNorm(
  norm: Norm,
  params: TransformerParams,
): { norm: Norm; outputs: { first?: tf.Tensor; last?: tf.Tensor } } {
  const outputs: { first?: tf.Tensor; last?: tf.Tensor } = {};
  const second = params.blocks[1]?.attentionNorm ?? params.finalNorm;
  const tapped: Norm = {
    init: norm.init,
    apply: (weights, x) => {
      if (weights === second) outputs.first = tf.keep(x.clone());
      if (weights === params.finalNorm) outputs.last = tf.keep(x.clone());
      return norm.apply(weights, x);
    },
  };
  return { norm: tapped, outputs };
}
