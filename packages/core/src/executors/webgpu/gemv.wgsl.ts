import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { finishWgsl } from './finish.wgsl.ts';
import type { Ending } from './finish.wgsl.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { LaneSums } from './lane-sums.wgsl.ts';
import { gatherSplitsWgsl, operandWgsl } from './operand.wgsl.ts';
import type { OperandSource } from './operand.wgsl.ts';
import { range } from './range.ts';
import { tuning } from './tuning.ts';
import {
  decodedFour,
  foursOfLoad,
  foursOfTask,
  scaleOfLoadWgsl,
  wordOfTask,
} from './weights.wgsl.ts';

/** The normalization in front of a product; `modulated` where a condition scales and shifts its rows. */
export interface ProductNorm {
  readonly kind: 'layer' | 'rms';
  readonly isModulated: boolean;
}

/** Which product a kernel is. */
export interface ProductOptions {
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  readonly source: OperandSource;
  readonly norm: ProductNorm | undefined;
  readonly ending: Ending;
}

/** Sizes that a kernel is made for. */
export interface GemvShape {
  /** 1 to 8. */
  readonly rows: number;
  /** Fours of the inner dimension. */
  readonly innerFours: number;
  /** Of the attention whose parts it reads; else 0. */
  readonly heads: number;
}

/** Words of workgroup memory for sums; every device gives 4,096. */
const mostWords = 3072;

/** Lanes for so many tasks a row, each with so many sums: a power of two. */
function lanesOf(tasks: number, sums: number): number {
  const wanted = Math.ceil(Math.log2(Math.max(1, tasks / tuning.productTasks)));
  const room = Math.floor(Math.log2(mostWords / sums));
  return Math.min(tuning.productLanes, 2 ** Math.max(5, Math.min(wanted, room)));
}

/** Outputs of one workgroup. */
export const gemvOutputs = 8;

/**
 * Product of 1 to 8 rows with a matrix: every lane walks the inner dimension with all rows in registers, then one
 * barrier, and one sum for all outputs and rows. A plain norm is folded into it: the sums of x and x² are gathered
 * beside the products, since `Σ (x - mean) w / deviation = (Σ x w - mean Σ w) / deviation`.
 */
export function gemvWgsl({ rows, innerFours, heads }: GemvShape, options: ProductOptions): string {
  const { format, cacheFormat, source, norm, ending } = options;
  const isFolded = norm !== undefined && !norm.isModulated;
  const count = rows * (gemvOutputs + (isFolded ? 2 : 0));
  const tasks = innerFours / foursOfTask[format];
  const lanes = lanesOf(tasks, count);
  const sums = new LaneSums(lanes, count);
  const tasksOfLoad = foursOfLoad[format] / foursOfTask[format];
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${operandWgsl(source, rows * heads)}
${finishWgsl(ending, format)}
${format === 'int4' ? scaleOfLoadWgsl : ''}
${sums.declaration}
${norm?.isModulated ? momentsWgsl(rows, lanes, norm) : ''}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup.x;
  let loads = kernel.inner / ${foursOfLoad[format]}u;
  let firstLoad = group * ${gemvOutputs}u * loads;
${source === 'splits' ? gatherSplitsWgsl(rows, lanes) : ''}
${norm?.isModulated ? modulationWgsl(rows, lanes) : ''}
${declarations(rows, isFolded)}
  for (var task = lane; task < loads * ${tasksOfLoad}u; task += ${lanes}u) {
${taskWgsl(rows, options)}
  }
${sums.gather(sumNames(rows, isFolded))}
  if (lane < ${rows}u) {
    let first = lane * ${sums.count / rows}u;
    var low = ${fourOf(sums, 0)};
    var high = ${fourOf(sums, 4)};
${isFolded ? foldWgsl(norm, sums) : ''}
    finish(lane, group, low, high);
  }
}
`;
}

/** Four of the eight sums of the row of a lane. */
const fourOf = (sums: LaneSums, from: number): string =>
  `vec4(${[0, 1, 2, 3].map((output) => sums.total(`first + ${from + output}u`)).join(', ')})`;

function declarations(rows: number, isFolded: boolean): string {
  const sums = range(rows).flatMap((row) =>
    range(gemvOutputs).map((output) => `  var sum${row}x${output} = 0.0;`),
  );
  const moments = range(isFolded ? rows : 0).map((row) => `  var moment${row} = vec2(0.0);`);
  return [...sums, ...moments].join('\n');
}

/** Fours of eight rows of the matrix, and their products with all rows of x. */
function taskWgsl(rows: number, { format, norm }: ProductOptions): string {
  const fours = foursOfTask[format];
  const isInt4 = format === 'int4';
  const lines = range(gemvOutputs).flatMap((output) => [
    `    let at${output} = firstLoad + ${output}u * loads + task / ${foursOfLoad[format] / fours}u;`,
    `    let word${output} = ${wordOfTask(format, `kernel.weight + at${output}`, 'task')};`,
    ...(isInt4 ? [`    let scale${output} = scaleOfLoad(at${output});`] : []),
  ]);
  for (const four of range(fours)) {
    const at = `task * ${fours}u + ${four}u`;
    lines.push('    {');
    for (const row of range(rows)) {
      lines.push(
        `      let x${row} = ${norm?.isModulated ? 'normed' : 'operand'}(${row}u, ${at});`,
      );
      if (norm !== undefined && !norm.isModulated) {
        lines.push(`      moment${row} += vec2(dot(x${row}, vec4(1.0)), dot(x${row}, x${row}));`);
      }
    }
    for (const output of range(gemvOutputs)) {
      const decoded = decodedFour(format, `word${output}`, four);
      lines.push(`      let w${output} = ${decoded}${isInt4 ? ` * scale${output}` : ''};`);
      for (const row of range(rows)) {
        lines.push(`      sum${row}x${output} += dot(x${row}, w${output});`);
      }
    }
    lines.push('    }');
  }
  return lines.join('\n');
}

/** What every lane has summed, row by row. */
function sumNames(rows: number, isFolded: boolean): string[] {
  return range(rows).flatMap((row) => [
    ...range(gemvOutputs).map((output) => `sum${row}x${output}`),
    ...(isFolded ? [`moment${row}.x`, `moment${row}.y`] : []),
  ]);
}

/** Mean and 1 / deviation of a row from the sums of all lanes, and its values behind a modulated norm. */
function momentsWgsl(rows: number, lanes: number, { kind }: ProductNorm): string {
  const center = kind === 'layer' ? 'sums.x / size' : '0.0';
  return /* wgsl */ `
var<workgroup> moments: array<vec2<f32>, ${lanes * rows}>;
fn spreadOf(row: u32) -> vec2<f32> {
  var sums = vec2(0.0);
  for (var i = 0u; i < ${lanes}u; i++) { sums += moments[i * ${rows}u + row]; }
  let size = f32(4u * kernel.inner);
  let mean = ${center};
  return vec2(mean, 1.0 / sqrt(max(sums.y / size - mean * mean, 0.0) + kernel.epsilon));
}
var<private> spreads: array<vec2<f32>, ${rows}>;
fn normed(row: u32, four: u32) -> vec4<f32> {
  let condition = (row / turn.positions) * kernel.conditionStride + four;
  let x = (operand(row, four) - spreads[row].x) * spreads[row].y;
  return x * arena[kernel.factor + condition] + arena[kernel.offset + condition];
}
`;
}

/** A modulated norm needs its statistics before the products. */
function modulationWgsl(rows: number, lanes: number): string {
  return /* wgsl */ `
  for (var row = 0u; row < ${rows}u; row++) {
    var sums = vec2(0.0);
    for (var four = lane; four < kernel.inner; four += ${lanes}u) {
      let x = operand(row, four);
      sums += vec2(dot(x, vec4(1.0)), dot(x, x));
    }
    moments[lane * ${rows}u + row] = sums;
  }
  workgroupBarrier();
  for (var row = 0u; row < ${rows}u; row++) { spreads[row] = spreadOf(row); }`;
}

function foldWgsl({ kind }: ProductNorm, sums: LaneSums): string {
  const [all, squares] = [0, 1].map((moment) => sums.total(`first + ${gemvOutputs + moment}u`));
  const centered = (four: string) =>
    kind === 'layer' ? ` - mean * floats(kernel.sums + ${four})` : '';
  return /* wgsl */ `
    let size = f32(4u * kernel.inner);
    let mean = ${kind === 'layer' ? `${all} / size` : '0.0'};
    let spread = 1.0 / sqrt(max(${squares} / size - mean * mean, 0.0) + kernel.epsilon);
    low = (low${centered('2u * group')}) * spread;
    high = (high${centered('2u * group + 1u')}) * spread;`;
}
