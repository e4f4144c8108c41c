/** Numbers of the operations, as `assembly/index.as` has them. */
const operations = {
  normalize: 1,
  quantize: 2,
  multiply: 3,
  placeHeads: 4,
  attend: 5,
  lookUp: 6,
  contract: 7,
  blend: 8,
  broadcast: 9,
  epilogue: 10,
  flowStep: 11,
} as const;

/** Name of an operation. */
export type Operation = keyof typeof operations;

/** Name of the operation with a number. */
export function operationName(number: number): Operation {
  const names = Object.keys(operations) as Operation[]; // of the table above
  const found = names.find((name) => operations[name] === number);
  return found as Operation; // programs hold known operations only
}

/** Words of a record. */
export const recordWords = 20;

/** An address in the machine's memory, in bytes; 0 is none. */
export type Address = number;

/** A value that the machine reads as float32. */
interface Float {
  readonly float: number;
}

/** One operation of the machine: its number and its fields in the order of its class in `assembly`. */
export type MachineRecord = readonly (number | Float)[];

/** Row normalization. */
export function normalizeRecord(fields: {
  readonly x: Address;
  readonly out: Address;
  readonly width: number;
  readonly isCentered: boolean;
  readonly epsilon: number;
  readonly scale?: Address;
  readonly shift?: Address;
  readonly conditionScale?: Address;
  readonly conditionShift?: Address;
  readonly conditionStride?: number;
}): MachineRecord {
  const { x, out, width, isCentered, epsilon } = fields;
  return [
    operations.normalize,
    x,
    out,
    width,
    Number(isCentered),
    { float: epsilon },
    fields.scale ?? 0,
    fields.shift ?? 0,
    fields.conditionScale ?? 0,
    fields.conditionShift ?? 0,
    fields.conditionStride ?? 0,
  ];
}

/** Rows as bytes, before a product with int8 or int4 weights. */
export function quantizeRecord(fields: {
  readonly x: Address;
  readonly inner: number;
  readonly group: number;
  readonly offset: number;
  readonly quantized: Address;
  readonly groups: Address;
}): MachineRecord {
  const { x, inner, group, offset, quantized, groups } = fields;
  return [operations.quantize, x, inner, group, offset, quantized, groups];
}

/** What a product reads and writes. */
export interface ProductFields {
  readonly x: Address;
  readonly weight: Address;
  readonly format: number;
  readonly inner: number;
  readonly outputs: number;
  readonly bias?: Address;
  readonly out: Address;
  readonly outStride: number;
  readonly activation?: number;
  readonly isGatedUnit?: boolean;
  readonly isResidual?: boolean;
  readonly gate?: Address;
  readonly gateStride?: number;
  readonly scales?: Address;
  readonly quantized?: Address;
  readonly groups?: Address;
  readonly rows?: number;
  /** Values from one row of x to the next, of f32 weights. @defaultValue inner */
  readonly xStride?: number;
}

/** A product of rows and a matrix, and what follows it. */
export function multiplyRecord(fields: ProductFields): MachineRecord {
  return [operations.multiply, ...productFields(fields)];
}

/** What follows a product that was computed elsewhere; `x` holds it, `[R, E]`. */
export function epilogueRecord(fields: ProductFields): MachineRecord {
  return [operations.epilogue, ...productFields(fields)];
}

function productFields(fields: ProductFields): MachineRecord {
  const { x, weight, format, inner, outputs, out, outStride } = fields;
  return [
    x,
    weight,
    format,
    inner,
    outputs,
    fields.bias ?? 0,
    out,
    outStride,
    fields.activation ?? 0,
    Number(fields.isGatedUnit ?? false),
    Number(fields.isResidual ?? false),
    fields.gate ?? 0,
    fields.gateStride ?? 0,
    fields.scales ?? 0,
    fields.quantized ?? 0,
    fields.groups ?? 0,
    fields.rows ?? 0,
    fields.xStride ?? inner,
  ];
}

/** Scaling, rotation and caching of the heads of new rows, and attention over the cache: two records of one layout. */
export function headRecords(fields: {
  readonly qkv: Address;
  readonly keys: Address;
  readonly values: Address;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly capacity: number;
  readonly cosineFactors?: Address;
  readonly scale: number;
  readonly cosines?: Address;
  readonly sines?: Address;
  readonly out: Address;
  readonly scores: Address;
  readonly scoresStride: number;
}): readonly [MachineRecord, MachineRecord] {
  const { qkv, keys, values, heads, keyValueHeads, headSize, capacity } = fields;
  const layout = [
    qkv,
    keys,
    values,
    heads,
    keyValueHeads,
    headSize,
    capacity,
    fields.cosineFactors ?? 0,
    { float: fields.scale },
    fields.cosines ?? 0,
    fields.sines ?? 0,
    fields.out,
    fields.scores,
    fields.scoresStride,
  ];
  return [
    [operations.placeHeads, ...layout],
    [operations.attend, ...layout],
  ];
}

/** Rows of a table by their ids, or start rows where an id is -1. */
export function lookUpRecord(fields: {
  readonly table: Address;
  readonly ids: Address;
  readonly starts?: Address;
  readonly width: number;
  readonly rows: number;
  readonly positions: number;
  readonly out: Address;
}): MachineRecord {
  const { table, ids, starts = 0, width, rows, positions, out } = fields;
  return [operations.lookUp, table, ids, starts, width, rows, positions, out];
}

/** One axis of a resize. */
export function contractRecord(fields: {
  readonly x: Address;
  readonly matrix: Address;
  readonly out: Address;
  readonly outer: number;
  readonly before: number;
  readonly after: number;
  readonly length: number;
}): MachineRecord {
  const { x, matrix, out, outer, before, after, length } = fields;
  return [operations.contract, x, matrix, out, outer, before, after, length];
}

/** A refined map added to the sum of the scales. */
export function blendRecord(fields: {
  readonly x: Address;
  readonly weight: Address;
  readonly bias: Address;
  readonly ratio: number;
  readonly sum: Address;
  readonly items: number;
  readonly side: number;
  readonly channels: number;
}): MachineRecord {
  const { x, weight, bias, ratio, sum, items, side, channels } = fields;
  return [operations.blend, x, weight, bias, { float: ratio }, sum, items, side, channels];
}

/** Rows of items for all sequences, with what is added to each position. */
export function broadcastRecord(fields: {
  readonly x: Address;
  readonly items: number;
  readonly added?: Address;
  readonly first: number;
  readonly sequences: number;
  readonly positions: number;
  readonly width: number;
  readonly out: Address;
}): MachineRecord {
  const { x, items, added = 0, first, sequences, positions, width, out } = fields;
  return [operations.broadcast, x, items, added, first, sequences, positions, width, out];
}

/** An Euler step of latents along their velocity, guided where the scale is not 1. */
export function flowStepRecord(fields: {
  readonly x: Address;
  readonly velocity: Address;
  readonly channels: number;
  /** Address of the scale. */
  readonly guidanceScale: Address;
  readonly step: number;
}): MachineRecord {
  const { x, velocity, channels, guidanceScale, step } = fields;
  return [operations.flowStep, x, velocity, channels, guidanceScale, { float: step }];
}

/** Writes records one behind another at a word of the memory. */
export function writeRecords(
  memory: ArrayBufferLike,
  address: Address,
  records: readonly MachineRecord[],
): void {
  const integers = new Int32Array(memory);
  const floats = new Float32Array(memory);
  records.forEach((record, index) => {
    const first = address / 4 + index * recordWords;
    record.forEach((field, word) => {
      if (typeof field === 'number') integers[first + word] = field;
      else floats[first + word] = field.float;
    });
  });
}
