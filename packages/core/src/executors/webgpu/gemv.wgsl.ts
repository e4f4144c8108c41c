import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { finishWgsl } from './finish.wgsl.ts';
import type { Ending } from './finish.wgsl.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { operandWgsl } from './operand.wgsl.ts';
import type { OperandSource } from './operand.wgsl.ts';
import { decodedFour, foursOfLoad, scaleOfLoadWgsl } from './weights.wgsl.ts';

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

/** Outputs of one workgroup. */
export const gemvOutputs = 8;

/**
 * Product of 1 to 8 rows with a matrix: every lane walks the inner dimension with all rows in registers, then one
 * barrier, and one sum for all outputs and rows. A plain norm is folded into it: the sums of x and x² are gathered
 * beside the products, since `Σ (x - mean) w / deviation = (Σ x w - mean Σ w) / deviation`.
 */
export function gemvWgsl(rows: number, options: ProductOptions): string {
  const { format, cacheFormat, source, norm, ending } = options;
  const lanes = rows <= 4 ? 64 : 32;
  const isFolded = norm !== undefined && !norm.isModulated;
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${operandWgsl(source)}
${finishWgsl(ending, format)}
${format === 'int4' ? scaleOfLoadWgsl : ''}
var<workgroup> partial: array<vec4<f32>, ${lanes * 2 * rows}>;
${norm === undefined ? '' : momentsWgsl(rows, lanes, norm)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup.x;
  let loads = kernel.inner / ${foursOfLoad[format]}u;
  let firstLoad = group * ${gemvOutputs}u * loads;
${norm?.isModulated ? modulationWgsl(rows, lanes) : ''}
${declarations(rows, isFolded)}
  for (var load = lane; load < loads; load += ${lanes}u) {
${loadWgsl(rows, options)}
  }
${stores(rows, isFolded)}
  workgroupBarrier();
  if (lane < ${rows}u) {
    var low = vec4(0.0);
    var high = vec4(0.0);
    for (var i = 0u; i < ${lanes}u; i++) {
      low += partial[(i * ${rows}u + lane) * 2u];
      high += partial[(i * ${rows}u + lane) * 2u + 1u];
    }
${isFolded ? foldWgsl(norm) : ''}
    finish(lane, group, low, high);
  }
}
`;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function declarations(rows: number, isFolded: boolean): string {
  const sums = range(rows).flatMap((row) =>
    range(gemvOutputs).map((output) => `  var sum${row}x${output} = 0.0;`),
  );
  const moments = range(isFolded ? rows : 0).map((row) => `  var moment${row} = vec2(0.0);`);
  return [...sums, ...moments].join('\n');
}

/** One load of eight rows of the matrix, and its products with all rows of x. */
function loadWgsl(rows: number, { format, norm }: ProductOptions): string {
  const fours = foursOfLoad[format];
  const isInt4 = format === 'int4';
  const lines = range(gemvOutputs).flatMap((output) => [
    `    let at${output} = firstLoad + ${output}u * loads + load;`,
    `    let word${output} = weights[kernel.weight + at${output}];`,
    ...(isInt4 ? [`    let scale${output} = scaleOfLoad(at${output});`] : []),
  ]);
  for (const four of range(fours)) {
    const at = `load * ${fours}u + ${four}u`;
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

function stores(rows: number, isFolded: boolean): string {
  return range(rows)
    .flatMap((row) => {
      const at = `(lane * ${rows}u + ${row}u) * 2u`;
      const four = (first: number) =>
        range(4)
          .map((output) => `sum${row}x${first + output}`)
          .join(', ');
      return [
        `  partial[${at}] = vec4(${four(0)});`,
        `  partial[${at} + 1u] = vec4(${four(4)});`,
        ...(isFolded ? [`  moments[lane * ${rows}u + ${row}u] = moment${row};`] : []),
      ];
    })
    .join('\n');
}

/** Mean and 1 / deviation of a row from the sums of all lanes. */
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

function foldWgsl({ kind }: ProductNorm): string {
  const centered = (four: string) =>
    kind === 'layer' ? ` - spread.x * floats(kernel.sums + ${four})` : '';
  return /* wgsl */ `
    let spread = spreadOf(lane);
    low = (low${centered('2u * group')}) * spread.y;
    high = (high${centered('2u * group + 1u')}) * spread.y;`;
}
