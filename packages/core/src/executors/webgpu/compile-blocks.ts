import { modulatedTimes } from '../../program/network.ts';
import { compilePersistent } from './compile-persistent.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { attentionFields } from './attention-fields.ts';
import { attendRowWgsl } from './attend-row.wgsl.ts';
import type { AttendOptions } from './attend-row.wgsl.ts';
import { attendTileWgsl, queriesOfTile } from './attend-tile.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import type { Ending } from './finish.wgsl.ts';
import { gemmWgsl, productTile } from './gemm.wgsl.ts';
import { gemvOutputs, gemvWgsl } from './gemv.wgsl.ts';
import type { ProductNorm } from './gemv.wgsl.ts';
import { hiddenOf, mostVectorRows } from './generation-regions.ts';
import type { ModulationPlaces } from './generation-regions.ts';
import type { FieldValues, kernelFields } from './kernel-fields.ts';
import type { OperandSource } from './operand.wgsl.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { rowStatisticsWgsl } from './row-statistics.wgsl.ts';
import { activationNumber } from '../network-support.ts';

/** Vectors that modulate every row by itself: places in the arena, and fours from one row's to the next's. */
export interface RowVectors {
  readonly factor: number;
  readonly offset: number;
  readonly gate: number;
  readonly stride: number;
  /** Added to the variance of the norm. */
  readonly epsilon: number;
}

/** What surrounds a product. */
export interface ProductPlaces {
  readonly name: string;
  readonly source: OperandSource;
  readonly ending: Ending;
  readonly norm?: ProductNorm;
  /** Fours of a row of the result. */
  readonly outputs: number;
  readonly fields: FieldValues<typeof kernelFields>;
  readonly cache?: number;
}

/** Dispatches of all blocks, for steps of some positions. */
export function compileBlocks(source: ProgramSource, positions: number): Dispatch[] {
  const steps = new BlockCompiler(source, positions);
  const persistent = new Map(
    compilePersistent(source, positions).map((dispatch) => [dispatch.run.first, dispatch]),
  );
  const dispatches: Dispatch[] = [];
  for (let index = 0; index < source.placed.blocks.length;) {
    const dispatch = persistent.get(index);
    dispatches.push(...(dispatch === undefined ? steps.block(index) : [dispatch]));
    index += dispatch?.run.count ?? 1;
  }
  return dispatches;
}

/** Dispatches in front of the first step: the vectors that the condition gives all norms. */
export function compileModulation(source: ProgramSource): Dispatch[] {
  const { network, placed, regions } = source;
  const { modulation } = placed;
  const { finalModulation, modulations } = regions;
  if (modulation === undefined || finalModulation === undefined) return [];
  const compiler = new BlockCompiler(source, modulatedTimes(network).length);
  const product = (matrix: PlacedMatrix, out: number): Dispatch =>
    compiler.product(matrix, {
      name: 'modulation',
      source: 'rows',
      ending: { kind: 'store' },
      outputs: matrix.outputs / 4,
      fields: { x: regions.condition, out },
    });
  return [
    // Gates come first.
    ...modulation.blocks.map((matrix, index) => product(matrix, modulations[index].attention.gate)),
    product(modulation.final, finalModulation.factor),
  ];
}

/** Compiles the products of steps of some positions. */
export class BlockCompiler {
  readonly #source: ProgramSource;
  readonly #positions: number;
  readonly #time: number;
  readonly #rows: number;

  /** @param time  Counts the times at which conditions modulate rows. */
  constructor(source: ProgramSource, positions: number, time = 0) {
    this.#source = source;
    this.#positions = positions;
    this.#time = time;
    this.#rows = source.sizes.sequences * positions;
  }

  /** The queries of a block, and its keys and values, which go to the cache. */
  heads(index: number): Dispatch[] {
    const { network, placed, regions } = this.#source;
    const { qkv } = placed.blocks[index];
    return this.#normed(qkv, regions.modulations.at(index)?.attention, {
      name: 'qkv',
      source: 'rows',
      ending: { kind: 'heads', hasAngles: network.rotary !== undefined },
      outputs: qkv.outputs / 4,
      fields: { ...attentionFields(this.#source, index), x: regions.x, out: regions.queries },
      cache: regions.caches[index].buffer,
    });
  }

  block(index: number): Dispatch[] {
    const { network, placed, regions } = this.#source;
    const { parts } = network;
    const form = parts.mlp.form;
    const block = placed.blocks[index];
    const modulation = regions.modulations.at(index);
    const hidden = hiddenOf(parts) / 4;
    const fields = attentionFields(this.#source, index);
    return [
      ...this.heads(index),
      this.#attention(fields, regions.caches[index].buffer),
      this.product(block.output, {
        name: 'output',
        source: this.#isVector ? 'splits' : 'rows',
        ...this.#joining(modulation?.attention, {
          ...fields,
          x: regions.attended,
          statistics: regions.parts,
        }),
      }),
      ...this.#normed(block.up, modulation?.mlp, {
        name: 'up',
        source: 'rows',
        ending: {
          kind: 'activate',
          activation: form === undefined ? 0 : (activationNumber(form.activation) ?? 0),
          isGated: form?.isGated ?? false,
        },
        outputs: hidden,
        fields: { x: regions.x, out: regions.hidden },
      }),
      this.product(block.down, {
        name: 'down',
        source: 'rows',
        ...this.#joining(modulation?.mlp, { x: regions.hidden }),
      }),
    ];
  }

  /** A product of the rows behind the last norm. */
  finalNormed(matrix: PlacedMatrix, places: ProductPlaces): Dispatch[] {
    return this.#normed(matrix, this.#source.regions.finalModulation, places);
  }

  /** A product of layer-normalized rows, each with a modulation of its own. */
  rowNormed(matrix: PlacedMatrix, vectors: RowVectors, places: ProductPlaces): Dispatch[] {
    const norm = { kind: 'layer', epsilon: vectors.epsilon } as const;
    const { factor, offset, stride } = vectors;
    const fields = { ...places.fields, factor, offset, conditionStride: stride };
    const dispatches = this.#behindNorm(
      matrix,
      { ...norm, isModulated: true },
      { ...places, fields },
    );
    return dispatches.map((dispatch) => ({ ...dispatch, isRowByRow: true }));
  }

  get #isVector(): boolean {
    return this.#rows <= mostVectorRows;
  }

  get #cacheFormat(): CacheFormat {
    return this.#source.sizes.cacheFormat;
  }

  /** A product that joins the residual stream, through the gate of its branch where it has one. */
  #joining(
    modulation: ModulationPlaces | undefined,
    fields: FieldValues<typeof kernelFields>,
  ): Pick<ProductPlaces, 'ending' | 'outputs' | 'fields'> {
    const { network, regions } = this.#source;
    const width = network.parts.width / 4;
    const { gate = 0, stride = width } = this.#atTime(modulation) ?? {};
    return {
      ending: { kind: 'residual', hasGate: modulation !== undefined },
      outputs: width,
      fields: { ...fields, out: regions.x, gate, conditionStride: stride },
    };
  }

  /** A product of rows behind a norm of the transformer. */
  #normed(
    matrix: PlacedMatrix,
    modulation: ModulationPlaces | undefined,
    places: ProductPlaces,
  ): Dispatch[] {
    const { norm, width } = this.#source.network.parts;
    const { kind = 'rms', epsilon = 0 } = norm.form ?? {};
    const { factor = 0, offset = 0, stride = width / 4 } = this.#atTime(modulation) ?? {};
    const fields = { ...places.fields, factor, offset, conditionStride: stride };
    const isModulated = modulation !== undefined;
    return this.#behindNorm(matrix, { kind, epsilon, isModulated }, { ...places, fields });
  }

  /** Vectors at the time of the rows. */
  #atTime(places: ModulationPlaces | undefined): ModulationPlaces | undefined {
    if (places === undefined) return undefined;
    const { factor, offset, gate, stride } = places;
    const behind = this.#time * this.#source.sizes.sequences * stride;
    return { factor: factor + behind, offset: offset + behind, gate: gate + behind, stride };
  }

  /** A product of normalized rows; in the tile path their statistics come first. */
  #behindNorm(
    matrix: PlacedMatrix,
    { kind, epsilon, isModulated }: ProductNorm & { readonly epsilon: number },
    places: ProductPlaces,
  ): Dispatch[] {
    const { statistics } = this.#source.regions;
    const product = this.product(matrix, {
      ...places,
      norm: { kind, isModulated },
      fields: { ...places.fields, statistics, epsilon },
    });
    if (this.#isVector) return [product];
    return [
      {
        name: 'row statistics',
        code: rowStatisticsWgsl(kind, this.#cacheFormat),
        weights: 0,
        cache: 0,
        fields: { x: places.fields.x ?? 0, inner: matrix.inner / 4, statistics, epsilon },
        grid: [this.#rows, 1, 1],
      },
      product,
    ];
  }

  /** A product of the rows of the step. */
  product(
    matrix: PlacedMatrix,
    { name, source, ending, norm, outputs, fields, cache = 0 }: ProductPlaces,
  ): Dispatch {
    const options = {
      format: matrix.format,
      cacheFormat: this.#cacheFormat,
      source,
      norm,
      ending,
    };
    const { weight, bias, sums, scales, inner } = matrix;
    const tile = productTile(this.#rows, matrix.outputs);
    const shape = { rows: this.#rows, innerFours: inner / 4, heads: fields.heads ?? 0 };
    return {
      name,
      code: this.#isVector
        ? this.#code('gemv', [shape, options], () => gemvWgsl(shape, options))
        : this.#code('gemm', [tile, options], () => gemmWgsl(tile, options)),
      weights: matrix.buffer,
      cache,
      fields: { ...fields, weight, bias, sums, scales, inner: inner / 4, outputs },
      grid: this.#isVector
        ? [Math.ceil(matrix.outputs / gemvOutputs), 1, 1]
        : [Math.ceil(matrix.outputs / tile.outputs), Math.ceil(this.#rows / tile.rows), 1],
    };
  }

  #code(kind: string, made: readonly object[], make: () => string): string {
    const { codes } = this.#source;
    const key = kind + JSON.stringify(made);
    const known = codes.get(key) ?? make();
    codes.set(key, known);
    return known;
  }

  #attention(fields: FieldValues<typeof kernelFields>, cache: number): Dispatch {
    const { network, regions, sizes } = this.#source;
    const { heads, headSize, scaling } = network.parts.attention;
    const options: AttendOptions = {
      headFours: headSize / 4,
      isCosine: scaling.form?.kind === 'cosine',
      cacheFormat: sizes.cacheFormat,
    };
    return {
      name: 'attend',
      code: this.#isVector
        ? this.#code('attend row', [options], () => attendRowWgsl(options))
        : this.#code('attend tile', [options], () => attendTileWgsl(options)),
      weights: 0,
      cache,
      fields: {
        ...fields,
        x: regions.queries,
        out: regions.attended,
        statistics: regions.parts,
      },
      grid: this.#isVector
        ? [heads, this.#rows, 'splits']
        : [heads, Math.ceil(this.#positions / queriesOfTile), sizes.sequences],
    };
  }
}
