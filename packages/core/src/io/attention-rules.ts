import { linearRules } from './import-map.ts';
import type { ImportRule } from './import-map.ts';

/** Official names of the four linear maps of an attention. */
export interface AttentionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
}

/** Sizes and biases of an attention in a checkpoint. */
export interface AttentionRuleOptions {
  readonly width: number;
  /** Features of the keys, and of the values. @defaultValue width */
  readonly keyWidth?: number;
  /** Whether queries, keys and values have biases. @defaultValue true */
  readonly hasBias?: boolean;
  /** @defaultValue hasBias */
  readonly hasOutputBias?: boolean;
  /** Size of the heads, where they turn by rotary positions with half-split pairs. */
  readonly halfSplitHeads?: number;
}

/** Names of an attention whose queries, keys and values are three linear maps in the checkpoint, one tensor here. */
export function attentionRules(
  own: string,
  names: AttentionNames,
  options: AttentionRuleOptions,
): ImportRule[] {
  const { width, keyWidth = width, hasBias = true, hasOutputBias = hasBias } = options;
  const { halfSplitHeads } = options;
  const rotary = halfSplitHeads === undefined ? {} : { halfSplitHeads };
  const weight = (official: string, from: number, to: number): ImportRule => ({
    own: `${own}.qkv`,
    official: `${official}.weight`,
    layout: 'linear',
    features: { from, to },
  });
  return [
    { ...weight(names.query, 0, width), ...rotary },
    { ...weight(names.key, width, width + keyWidth), ...rotary },
    weight(names.value, width + keyWidth, width + 2 * keyWidth),
    ...(hasBias
      ? [
          { own: `${own}.queryBias`, official: `${names.query}.bias`, ...rotary },
          { own: `${own}.keyBias`, official: `${names.key}.bias`, ...rotary },
          { own: `${own}.valueBias`, official: `${names.value}.bias` },
        ]
      : []),
    ...linearRules(`${own}.output`, names.output, hasOutputBias),
  ];
}
