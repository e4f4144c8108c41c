import { add, dispose, keep, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';
import type { Attention, AttentionParams, SeenRows } from '../layers/attention.ts';
import { dropPath, dropout } from '../layers/dropout.ts';
import type { Mlp, MlpParams } from '../layers/mlp.ts';
import { gatedAdd, modulatedNorm } from '../layers/modulation.ts';
import type {
  Modulation,
  ModulationParams,
  Modulations,
  ScaleShift,
} from '../layers/modulation.ts';
import type { Norm, NormParams } from '../layers/norm.ts';
import { rotaryFactors } from '../layers/rotary.ts';
import type { RotaryFactors } from '../layers/rotary.ts';
import type { ParamTree } from '../params.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import type { Backbone, BackboneState, Rows, StateOptions } from './backbone.ts';
import { KvCache } from './kv-cache.ts';

/** The parts a transformer is made of. */
export interface TransformerParts<M extends ParamTree = MlpParams> {
  readonly blocks: number;
  readonly width: number;
  readonly norm: Norm;
  /**
   * Where the two norms of a block stand: `before`, `x + branch(norm(x))`, or `after`, `norm(x + branch(x))`, as in
   * Vaswani et al. 2017. @defaultValue 'before'
   */
  readonly normPlacement?: 'before' | 'after';
  readonly attention: Attention;
  readonly mlp: Mlp<M>;
  /** Absent: the condition does not enter the blocks. */
  readonly modulation?: Modulation;
  /** Stochastic depth of the last block; earlier ones have proportionally less. @defaultValue 0 */
  readonly dropPathRate?: number;
  /** Dropout behind attention and mlp. @defaultValue 0 */
  readonly dropoutRate?: number;
}

/** Weights of one block. */
export type BlockParams<M extends ParamTree = MlpParams> = {
  attentionNorm: NormParams;
  attention: AttentionParams;
  mlpNorm: NormParams;
  mlp: M;
};

/** Weights of a transformer. */
export type TransformerParams<M extends ParamTree = MlpParams> = {
  blocks: BlockParams<M>[];
  finalNorm: NormParams;
  modulation?: ModulationParams;
};

/** What the layers of one pass share. */
interface Pass {
  readonly mask: Tensor | undefined;
  readonly rotary: RotaryFactors | undefined;
  readonly modulations: Modulations | undefined;
  readonly remember: ((layer: number, keys: Tensor4D, values: Tensor4D) => SeenRows) | undefined;
  readonly key: Key | undefined;
}

/**
 * A transformer: `x += attention(norm(x))`, `x += mlp(norm(x))`, and a last norm; with norms behind the branches,
 * `x = norm(x + attention(x))`, `x = norm(x + mlp(x))`. With a modulation, each norm's output is scaled and shifted and
 * each branch gated by vectors made from the condition.
 *
 * @throws {OptionError} if norms behind the branches are to be modulated.
 */
export function transformer<M extends ParamTree>(
  parts: TransformerParts<M>,
): Backbone<TransformerParams<M>> {
  if (parts.normPlacement === 'after' && parts.modulation !== undefined) {
    throw new OptionError(
      'transformer: norms behind the branches must not be modulated, got both. Leave out modulation or normPlacement.',
    );
  }
  return {
    init: (initializer) => initTransformer(parts, initializer),
    forward: (params, { x, rotary, mask, condition }, key) =>
      tidy(() => {
        const modulations =
          condition === undefined ? undefined : modulationsOf(parts, params, condition);
        const factors =
          rotary === undefined ? undefined : rotaryFactors(rotary, parts.attention.headSize);
        return run(parts, params, {
          x,
          pass: { mask, rotary: factors, modulations, remember: undefined, key },
        });
      }),
    open: (params, options) => new TransformerState(parts, params, options),
  };
}

function initTransformer<M extends ParamTree>(
  parts: TransformerParts<M>,
  initializer: Initializer,
): TransformerParams<M> {
  const { width, norm, attention, mlp, modulation } = parts;
  const params: TransformerParams<M> = {
    blocks: Array.from({ length: parts.blocks }, () => ({
      attentionNorm: norm.init(width, initializer),
      attention: attention.init(initializer),
      mlpNorm: norm.init(width, initializer),
      mlp: mlp.init(initializer),
    })),
    finalNorm: norm.init(width, initializer),
  };
  if (modulation === undefined) return params;
  return { ...params, modulation: modulation.init({ width, blocks: parts.blocks }, initializer) };
}

function modulationsOf(
  { modulation }: Pick<TransformerParts, 'modulation'>,
  params: Pick<TransformerParams, 'modulation'>,
  condition: NonNullable<StateOptions['condition']>,
): Modulations | undefined {
  if (modulation === undefined || params.modulation === undefined) return undefined;
  return modulation.apply(params.modulation, condition);
}

function run<M extends ParamTree>(
  parts: TransformerParts<M>,
  params: TransformerParams<M>,
  { x, pass }: { readonly x: Tensor3D; readonly pass: Pass },
): Tensor3D {
  const last = params.blocks.reduce(
    (hidden, block, layer) => runBlock(parts, block, { x: hidden, layer, pass }),
    x,
  );
  return normalized(parts, params.finalNorm, { x: last, modulation: pass.modulations?.final });
}

function normalized(
  { norm }: Pick<TransformerParts, 'norm'>,
  params: NormParams,
  { x, modulation }: { readonly x: Tensor3D; readonly modulation: ScaleShift | undefined },
): Tensor3D {
  return modulation === undefined
    ? norm.apply(params, x)
    : modulatedNorm({ norm, params }, x, modulation);
}

/** One of the two branches of a block. */
interface Branch {
  readonly index: 0 | 1;
  readonly gate?: Tensor3D | undefined;
}

function runBlock<M extends ParamTree>(
  parts: TransformerParts<M>,
  params: BlockParams<M>,
  { x, layer, pass }: { readonly x: Tensor3D; readonly layer: number; readonly pass: Pass },
): Tensor3D {
  const modulation = pass.modulations?.blocks[layer];
  const { mask, rotary, remember } = pass;
  const context = {
    ...(mask && { mask }),
    ...(rotary && { rotary }),
    ...(remember && {
      remember: (keys: Tensor4D, values: Tensor4D) => remember(layer, keys, values),
    }),
  };
  const join = (stream: Tensor3D, values: Tensor3D, branch: Branch): Tensor3D => {
    const kept = dropped(parts, values, { layer, branch: branch.index, key: pass.key });
    return branch.gate === undefined ? add(stream, kept) : gatedAdd(stream, kept, branch.gate);
  };
  if (parts.normPlacement === 'after') {
    const middle = join(x, parts.attention.apply(params.attention, x, context), { index: 0 });
    const normed = parts.norm.apply(params.attentionNorm, middle);
    const last = join(normed, parts.mlp.apply(params.mlp, normed), { index: 1 });
    return parts.norm.apply(params.mlpNorm, last);
  }
  const attended = parts.attention.apply(
    params.attention,
    normalized(parts, params.attentionNorm, { x, modulation: modulation?.attention }),
    context,
  );
  const middle = join(x, attended, { index: 0, gate: modulation?.attention.gate });
  const transformed = parts.mlp.apply(
    params.mlp,
    normalized(parts, params.mlpNorm, { x: middle, modulation: modulation?.mlp }),
  );
  return join(middle, transformed, { index: 1, gate: modulation?.mlp.gate });
}

function dropped(
  {
    dropPathRate = 0,
    dropoutRate = 0,
    blocks,
  }: Pick<TransformerParts, 'dropPathRate' | 'dropoutRate' | 'blocks'>,
  x: Tensor3D,
  { layer, branch, key }: { layer: number; branch: number; key: Key | undefined },
): Tensor3D {
  if (key === undefined || (dropPathRate === 0 && dropoutRate === 0)) return x;
  const branchKey = foldIn(foldIn(key, layer), branch);
  const pathRate = blocks === 1 ? dropPathRate : (dropPathRate * layer) / (blocks - 1);
  const thinned = dropout(x, dropoutRate, foldIn(branchKey, 0));
  return dropPath(thinned, pathRate, foldIn(branchKey, 1));
}

/** The cache of a transformer and the vectors of its condition. */
class TransformerState<M extends ParamTree> implements BackboneState {
  readonly #parts: TransformerParts<M>;
  readonly #params: TransformerParams<M>;
  readonly #modulations: Modulations | undefined;
  readonly #cache: KvCache;

  constructor(
    parts: TransformerParts<M>,
    params: TransformerParams<M>,
    source: StateOptions | { cache: KvCache; modulations: Modulations | undefined },
  ) {
    this.#parts = parts;
    this.#params = params;
    if ('cache' in source) {
      this.#cache = source.cache;
      this.#modulations = source.modulations;
      return;
    }
    const { batch, capacity, condition } = source;
    const { keyValueHeads, headSize } = parts.attention;
    this.#cache = new KvCache({ layers: parts.blocks, batch, keyValueHeads, headSize, capacity });
    this.#modulations =
      condition === undefined
        ? undefined
        : kept(tidy(() => modulationsOf(parts, params, condition)));
  }

  get length(): number {
    return this.#cache.length;
  }

  get capacity(): number {
    return this.#cache.options.capacity;
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  extend(rows: Rows): Tensor3D {
    const hidden = this.#run(rows, (layer, keys, values) => this.#cache.write(layer, keys, values));
    this.#cache.commit(rows.x.shape[1]);
    return hidden;
  }

  peek(rows: Rows): Tensor3D {
    return this.#run(rows, (layer, keys, values) => this.#cache.seen(layer, keys, values));
  }

  truncate(length: number): void {
    this.#cache.truncate(length);
  }

  fork(): BackboneState {
    const modulations =
      this.#modulations === undefined
        ? undefined
        : kept(mapModulations(this.#modulations, (tensor) => tensor.clone()));
    return new TransformerState(this.#parts, this.#params, {
      cache: this.#cache.fork(),
      modulations,
    });
  }

  dispose(): void {
    this.#cache.dispose();
    if (this.#modulations !== undefined) dispose(this.#modulations);
  }

  #run({ x, rotary, mask, condition }: Rows, remember: NonNullable<Pass['remember']>): Tensor3D {
    return tidy(() => {
      const factors =
        rotary === undefined ? undefined : rotaryFactors(rotary, this.#parts.attention.headSize);
      const pass = {
        mask,
        rotary: factors,
        modulations:
          condition === undefined
            ? this.#modulations
            : modulationsOf(this.#parts, this.#params, condition),
        remember,
        key: undefined,
      };
      return run(this.#parts, this.#params, { x, pass });
    });
  }
}

function kept(modulations: Modulations | undefined): Modulations | undefined {
  return modulations && mapModulations(modulations, (tensor) => keep(tensor));
}

function mapModulations(
  { blocks, final }: Modulations,
  replace: (tensor: Tensor3D) => Tensor3D,
): Modulations {
  const scaleShift = <T extends Record<string, Tensor3D>>(vectors: T): T =>
    // Same keys, tensors for tensors.
    Object.fromEntries(
      Object.entries(vectors).map(([name, tensor]) => [name, replace(tensor)]),
    ) as T;
  return {
    blocks: blocks.map(({ attention, mlp }) => ({
      attention: scaleShift(attention),
      mlp: scaleShift(mlp),
    })),
    final: scaleShift(final),
  };
}
