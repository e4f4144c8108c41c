import { foldIn } from '@nextx/core';
import type { Backbone, BackboneState, ParamTree, Rows } from '@nextx/core';
import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { causalMask } from '../tokenizers/causal-mask.ts';
import type { SegmentMemory, SegmentNetwork, TokenContext } from './segment-network.ts';

/** What stands around a backbone. */
export interface BackboneParts<P extends ParamTree> extends Pick<
  SegmentNetwork,
  'segment' | 'horizon' | 'levels' | 'maxTokens' | 'reading'
> {
  readonly backbone: Backbone<P>;
  readonly params: P;
  /** Rows of some tokens, of which the first is number `first`. */
  readonly embed: (segments: Tensor3D, first: number, context: TokenContext) => Rows;
  /** Hidden states `[R, n, C]` of some segments to the outputs of the tokens. */
  readonly decode: (hidden: Tensor3D, segments: Tensor3D) => Tensor3D;
}

/** A segment network that is one causal backbone between an embedding and a map back. */
export function backboneNetwork<P extends ParamTree>(parts: BackboneParts<P>): SegmentNetwork {
  const { segment, horizon, levels, maxTokens, reading, backbone, params, embed, decode } = parts;
  return {
    segment,
    horizon,
    ...(levels && { levels }),
    maxTokens,
    ...(reading && { reading }),
    forward: (segments, { key, ...context } = {}) =>
      tidy(() => {
        const rows = embed(segments, 0, { ...context, ...(key && { key: foldIn(key, 0) }) });
        const mask = causalMask(segments.shape[1]);
        const masked = { ...rows, ...(mask && { mask }) };
        return decode(backbone.forward(params, masked, key && foldIn(key, 1)), segments);
      }),
    open: ({ rows, capacity }) =>
      backboneMemory(parts, backbone.open(params, { batch: rows, capacity })),
  };
}

function backboneMemory<P extends ParamTree>(
  parts: BackboneParts<P>,
  state: BackboneState,
): SegmentMemory {
  return {
    get length() {
      return state.length;
    },
    bytes: state.bytes,
    extend: (segments, marks) =>
      tidy(() => {
        const rows = parts.embed(segments, state.length, marks === undefined ? {} : { marks });
        const mask = causalMask(segments.shape[1], state.length);
        return parts.decode(state.extend({ ...rows, ...(mask && { mask }) }), segments);
      }),
    fork: () => backboneMemory(parts, state.fork()),
    dispose: () => state.dispose(),
  };
}
