import { tensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { toFloat32, toInt32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { excessOverTolerance } from './fixture.ts';
import type { Fixture } from './fixture.ts';

/** Compares with stored tensors, and remembers which ones were. */
export interface Comparison {
  /** Names of the stored tensors that were compared or used. */
  readonly seen: ReadonlySet<string>;
  /** Within the fixture's tolerance. */
  expectParity(name: string, actual: ArrayLike<number>): void;
  /** Exactly equal integers. */
  expectIds(name: string, actual: ArrayLike<number>): void;
  /** Gradients under official names: every stored `<run>.grad.*`, and the norms of those that `order` names. */
  expectGradients(
    run: string,
    gradients: ReadonlyMap<string, HostTensor>,
    order: readonly string[],
  ): void;
  /** A stored tensor as input. */
  tensorOf(name: string): Tensor;
  /** A stored tensor of integers. */
  integers(name: string): Int32Array;
}

/** A comparison with one fixture, whose tolerance it takes. */
export function comparison<Config>(fixture: Fixture<Config>): Comparison {
  const seen = new Set<string>();
  const stored = (name: string): HostTensor => {
    seen.add(name);
    const tensor = fixture.io.get(name);
    if (tensor === undefined) throw new Error(`the fixture has no "${name}"`);
    return tensor;
  };
  const expectParity = (name: string, actual: ArrayLike<number>): void => {
    const expected = toFloat32(stored(name));
    const { tolerance } = fixture.config;
    expect(excessOverTolerance(name, actual, expected, tolerance), name).toBeLessThanOrEqual(0);
  };
  return {
    seen,
    expectParity,
    expectGradients: (run, gradients, order) => {
      const values = (name: string): Float32Array => {
        const gradient = gradients.get(name);
        if (gradient === undefined) throw new Error(`no weight has the official name "${name}"`);
        return toFloat32(gradient);
      };
      const prefix = `${run}.grad.`;
      for (const name of fixture.io.keys()) {
        if (name.startsWith(prefix)) expectParity(name, values(name.slice(prefix.length)));
      }
      const norms = order.map((name) => Math.hypot(...values(name)));
      expectParity(`${run}.grad_norms`, norms);
    },
    expectIds: (name, actual) => {
      expect(Array.from(actual), name).toEqual([...toInt32(stored(name))]);
    },
    tensorOf: (name) => {
      const host = stored(name);
      return host.dtype.startsWith('F')
        ? tensor(toFloat32(host), [...host.shape])
        : tensor(toInt32(host), [...host.shape], 'int32');
    },
    integers: (name) => toInt32(stored(name)),
  };
}
