/** Bytes from one slot of parameters to the next: what every device allows as a dynamic offset. */
export const slotBytes = 256;

/**
 * Parameters that stay the same for a whole generation, one slot a dispatch. Places in the buffers are counted in
 * vectors of four values.
 */
export const kernelFields = {
  /** Rows read, and rows written. */
  x: 'u32',
  out: 'u32',
  /** The matrix: its rows of outputs, its bias, the sums of its rows, and the scales of small formats. */
  weight: 'u32',
  bias: 'u32',
  sums: 'u32',
  scales: 'u32',
  /** Fours of one row of x, and of one row of the result. */
  inner: 'u32',
  outputs: 'u32',
  /** Vectors of the condition, `[sequences, C]` each: x · factor + offset, and what multiplies a branch. */
  factor: 'u32',
  offset: 'u32',
  gate: 'u32',
  /** Fours from the vectors of one sequence to those of the next. */
  conditionStride: 'u32',
  /** `[R]` of (mean, 1 / deviation), or `[R, splits, H]` of (maximum, sum). */
  statistics: 'u32',
  /** `[capacity, D / 2]` of (cosine, sine); `[H]` factors of cosine attention. */
  angles: 'u32',
  cosineFactors: 'u32',
  /** The cache of one layer: `[sequences, 2, G, capacity, D]`. */
  cache: 'u32',
  capacity: 'u32',
  heads: 'u32',
  groups: 'u32',
  headFours: 'u32',
  /** Tables of inputs: rows of ids, rows of positions, rows of the first position. */
  table: 'u32',
  added: 'u32',
  starts: 'u32',
  items: 'u32',
  sequences: 'u32',
  /** Places in the state, in single values. */
  ids: 'u32',
  given: 'u32',
  keys: 'u32',
  positions: 'u32',
  vocabulary: 'u32',
  /** Filters; 0 is none. A share is a multiple of 2^-24. */
  topK: 'u32',
  topP: 'u32',
  /** The map of the step before and its resize, sides in cells; first position of that step. */
  side: 'u32',
  lastSide: 'u32',
  previous: 'u32',
  resize: 'u32',
  channels: 'u32',
  sum: 'u32',
  /** Latents that are done, `[N, items, channels]`; an embedded time. */
  latents: 'u32',
  time: 'u32',
  /** Words of the state through which workgroups of one dispatch hand each other rows. */
  exchange: 'u32',
  ratio: 'f32',
  epsilon: 'f32',
  scale: 'f32',
  temperature: 'f32',
  stepLength: 'f32',
  /** Natural logarithm of the min-p share, and the least probability. */
  minLog: 'f32',
  minMass: 'f32',
} as const;

/** Parameters of one step, the same for all its dispatches. */
export const stepFields = {
  /** First slot of the step, its positions, and its rows in all sequences. */
  start: 'u32',
  positions: 'u32',
  rows: 'u32',
  /** Slots that all rows see, and whether each also sees its own. */
  begin: 'u32',
  end: 'u32',
  isSelfSeen: 'u32',
  step: 'u32',
  splits: 'u32',
  guidanceScale: 'f32',
} as const;

type Fields = Readonly<Record<string, 'u32' | 'f32'>>;

/** Values of some fields; the others are 0. */
export type FieldValues<T extends Fields> = { readonly [name in keyof T]?: number };

/** Slots of parameters, written one behind another. */
export class Slots<T extends Fields> {
  readonly #fields: T;
  readonly #slots: FieldValues<T>[] = [];

  constructor(fields: T) {
    this.#fields = fields;
  }

  /** Adds a slot. Returns its byte offset. */
  add(values: FieldValues<T>): number {
    this.#slots.push(values);
    return (this.#slots.length - 1) * slotBytes;
  }

  /** All slots as bytes. */
  bytes(): ArrayBuffer {
    const buffer = new ArrayBuffer(Math.max(1, this.#slots.length) * slotBytes);
    const wholes = new Uint32Array(buffer);
    const floats = new Float32Array(buffer);
    const fields = Object.entries(this.#fields);
    for (const [index, values] of this.#slots.entries()) {
      const at = (index * slotBytes) / 4;
      fields.forEach(([name, type], word) => {
        (type === 'u32' ? wholes : floats)[at + word] = values[name] ?? 0;
      });
    }
    return buffer;
  }
}
