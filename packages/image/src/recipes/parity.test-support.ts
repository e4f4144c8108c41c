import { decode, exportParams, filterLogits, mapParams, toFloat32 } from '@nextx/core';
import type {
  HostTensor,
  ImportRule,
  Norm,
  ParamTree,
  SequenceModel,
  TransformerParams,
} from '@nextx/core';
import { largestDifference } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { expect, it } from 'vitest';

/** Makes WebAssembly compute: its convolutions are tens of times faster than those of plain JS. */
export async function useWasm(): Promise<void> {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
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

/** What greedy decoding with cache and guidance gives. */
export interface GreedyRun {
  /** `[items, N]` */
  readonly tokens: Int32Array;
  /** Guided logits of every step, `[items, n, V]`. */
  readonly logits: readonly tf.Tensor3D[];
}

/** Decodes greedily; the condition holds the rows of all items, then as many without condition. */
export async function decodeGreedily(
  model: SequenceModel,
  {
    condition,
    logitsOf,
    guidanceScaleAt,
  }: {
    readonly condition: tf.Tensor;
    readonly logitsOf: (hidden: tf.Tensor3D) => tf.Tensor3D;
    readonly guidanceScaleAt: (step: number) => number;
  },
): Promise<GreedyRun> {
  const logits: tf.Tensor3D[] = [];
  const recording: SequenceModel = {
    ...model,
    sample: (hidden, context) => {
      const [conditional, free] = tf.split(logitsOf(hidden), 2, 0);
      logits.push(free.add(conditional.sub(free).mul(context.guidanceScale)));
      return model.sample(hidden, context);
    },
  };
  const seeds = Array.from({ length: condition.shape[0] / 2 }, (_, item) => BigInt(item));
  let tokens: Int32Array = new Int32Array(0);
  for await (const step of decode(recording, {
    seeds,
    condition,
    guidanceScaleAt,
    sampling: { topK: 1 },
  })) {
    // Both recipes draw ids.
    tokens = step.tokens as Int32Array;
  }
  return { tokens, logits };
}

/** What the tests that all fixtures of sequence models share look at, once everything is loaded. */
export interface SharedParity {
  readonly fixture: Fixture<unknown>;
  readonly compare: Comparison;
  /** Imported weights, whose official names begin with `prefix` in the fixture's file. */
  readonly imported: {
    readonly params: ParamTree;
    readonly rules: readonly ImportRule[];
    readonly prefix: string;
  };
}

/** Declares the tests that all fixtures of sequence models share. To be called last: the last test wants all read. */
export function declareSharedParity(loaded: () => SharedParity): void {
  it.each([
    ['sampler.keep_mask_k5', { topK: 5 }],
    ['sampler.keep_mask_p90', { topP: 0.9 }],
    ['sampler.keep_mask_k9p80', { topK: 9, topP: 0.8 }],
  ])('keeps the official tokens: %s', async (name, sampling) => {
    const { compare } = loaded();
    const stored = compare.tensorOf('sampler.logits');
    const vocabulary = stored.shape[stored.rank - 1] ?? 0;
    const logits = await stored.data<'float32'>();
    const kept: number[] = [];
    for (let at = 0; at < logits.length; at += vocabulary) {
      const probabilities = filterLogits(logits.subarray(at, at + vocabulary), sampling);
      kept.push(...Array.from(probabilities, (p) => (p > 0 ? 1 : 0)));
    }

    compare.expectIds(name, kept);
  });

  it('exports the weights it imported, bit for bit', async () => {
    const { fixture, imported } = loaded();
    const originals = fixture.weights(imported.prefix);
    for (const [name, tensor] of await exportParams(imported.params, imported.rules)) {
      const original = originals.get(name) as HostTensor;
      expect(largestDifference(toFloat32(tensor), toFloat32(original)), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    const { fixture, compare } = loaded();

    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
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
