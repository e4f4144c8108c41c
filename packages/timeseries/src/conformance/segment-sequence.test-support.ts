import { raster, UnsupportedError } from '@nextx/core';
import type { BackboneState, ParamTree, Rows, SequenceModel, StepSpan } from '@nextx/core';
import { concat, expandDims, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { SegmentMemory, SegmentNetwork } from '../recipes/segment-network.ts';

/**
 * A segment network as core's conformance kit knows models: the condition is the first segment, the tokens are those that
 * follow, and the hidden state of a position is what the network says of it.
 *
 * @param tokens  Segments that follow the first.
 */
export function segmentSequence(
  network: SegmentNetwork,
  params: ParamTree,
  tokens: number,
): SequenceModel {
  const { segment } = network;
  const inputs = (latents: Tensor, condition: Tensor, { from, to }: StepSpan): Rows => ({
    x: tidy(() => {
      const first: Tensor3D = expandDims(condition as Tensor2D, 1);
      const known = concat([first, latents as Tensor3D], 1);
      return slice(known, [0, from, 0], [-1, to - from, segment]);
    }),
  });
  return {
    plan: raster({ sides: [tokens] }),
    params,
    tokenSize: segment,
    tokenType: 'float32',
    inputs,
    forward: (latents, condition) =>
      tidy(() => network.forward(inputs(latents, condition, { from: 0, to: tokens }).x)),
    open: (condition) =>
      stateOf(network.open({ rows: condition.shape[0], capacity: tokens }), tokens),
    sample: async (hidden) => {
      const next = slice(hidden, [0, 0, 0], [-1, -1, segment]);
      try {
        return await next.data<'float32'>();
      } finally {
        next.dispose();
      }
    },
  };
}

function stateOf(memory: SegmentMemory, capacity: number): BackboneState {
  return {
    get length() {
      return memory.length;
    },
    capacity,
    bytes: memory.bytes,
    extend: ({ x }) => memory.extend(x),
    peek: ({ x }) => {
      const ahead = memory.fork();
      try {
        return ahead.extend(x);
      } finally {
        ahead.dispose();
      }
    },
    truncate: () => {
      throw new UnsupportedError(
        'truncate: a memory of segments must be forked, it forgets nothing. Fork it before.',
      );
    },
    fork: () => stateOf(memory.fork(), capacity),
    dispose: () => memory.dispose(),
  };
}
