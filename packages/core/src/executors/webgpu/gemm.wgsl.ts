import { bindingsWgsl } from './bindings.wgsl.ts';
import { finishWgsl } from './finish.wgsl.ts';
import type { ProductNorm, ProductOptions } from './gemv.wgsl.ts';
import { operandWgsl } from './operand.wgsl.ts';
import { weightFourWgsl } from './weights.wgsl.ts';

/** Rows and outputs of one workgroup. */
export interface ProductTile {
  readonly rows: number;
  readonly outputs: number;
}

/** The tile for some rows: small ones leave fewer lanes idle. */
export function productTile(rows: number): ProductTile {
  return rows <= 32 ? { rows: 32, outputs: 64 } : { rows: 64, outputs: 128 };
}

/** Fours of one slice of the inner dimension, and of a row of a slice in workgroup memory, padded against conflicts. */
const sliceFours = 4;
const stride = sliceFours + 1;

/**
 * Product of many rows with a matrix by tiles: slices of both go through workgroup memory, every lane sums 4 rows
 * times 8 outputs. The rows' statistics are those that `row-statistics` wrote.
 */
export function gemmWgsl({ rows, outputs }: ProductTile, options: ProductOptions): string {
  const { format, cacheFormat, source, norm, ending } = options;
  const columns = outputs / 8;
  const lanes = (rows / 4) * columns;
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${operandWgsl(source)}
${norm === undefined ? plainWgsl : normedWgsl(norm)}
${weightFourWgsl(format)}
${finishWgsl(ending, format)}
var<workgroup> left: array<vec4<f32>, ${rows * stride}>;
var<workgroup> right: array<vec4<f32>, ${outputs * stride}>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let firstRow = workgroup.y * ${rows}u;
  let firstOutput = workgroup.x * ${outputs}u;
  let column = lane % ${columns}u;
  let band = lane / ${columns}u;
  // Outputs are stored in eights: rows of weights end there.
  let lastOutput = (kernel.outputs${isHalved(options) ? ' * 2u' : ''} * 4u + 7u) / 8u * 8u;
  var sums = array<vec4<f32>, 8>();
  for (var slice = 0u; slice < kernel.inner; slice += ${sliceFours}u) {
    for (var task = lane; task < ${rows * sliceFours}u; task += ${lanes}u) {
      let row = firstRow + task / ${sliceFours}u;
      let four = slice + task % ${sliceFours}u;
      var value = vec4(0.0);
      if (row < turn.rows && four < kernel.inner) { value = input(row, four); }
      left[(task / ${sliceFours}u) * ${stride}u + task % ${sliceFours}u] = value;
    }
    for (var task = lane; task < ${outputs * sliceFours}u; task += ${lanes}u) {
      let own = task / ${sliceFours}u;
      let four = slice + task % ${sliceFours}u;
      var value = vec4(0.0);
      if (firstOutput + own < lastOutput && four < kernel.inner) { value = weightFour(firstOutput + own, four); }
      // Lanes side by side read outputs 8 apart: these lie side by side here.
      let place = (own % 8u) * ${columns}u + own / 8u;
      right[place * ${stride}u + task % ${sliceFours}u] = value;
    }
    workgroupBarrier();
    for (var four = 0u; four < ${sliceFours}u; four++) {
${productLines(columns)}
    }
    workgroupBarrier();
  }
${[0, 1, 2, 3]
  .map(
    (row) =>
      `  if (firstRow + 4u * band + ${row}u < turn.rows) { finish(firstRow + 4u * band + ${row}u, firstOutput / 8u + column, sums[${2 * row}], sums[${2 * row + 1}]); }`,
  )
  .join('\n')}
}
`;
}

function isHalved({ ending }: ProductOptions): boolean {
  return ending.kind === 'activate' && ending.isGated;
}

function productLines(columns: number): string {
  const four = [0, 1, 2, 3];
  const lines = four.map(
    (row) => `      let x${row} = left[(4u * band + ${row}u) * ${stride}u + four];`,
  );
  for (const half of [0, 1]) {
    for (const output of four) {
      const place = `(${4 * half + output}u * ${columns}u + column)`;
      lines.push(`      let w${half}${output} = right[${place} * ${stride}u + four];`);
    }
    for (const row of four) {
      const dots = four.map((output) => `dot(x${row}, w${half}${output})`).join(', ');
      lines.push(`      sums[${2 * row + half}] += vec4(${dots});`);
    }
  }
  return lines.join('\n');
}

const plainWgsl = /* wgsl */ `
fn input(row: u32, four: u32) -> vec4<f32> {
  return operand(row, four);
}
`;

const normedWgsl = ({ isModulated }: ProductNorm): string => /* wgsl */ `
fn input(row: u32, four: u32) -> vec4<f32> {
  let spread = arena[kernel.statistics + row];
  let x = (operand(row, four) - spread.x) * spread.y;
${
  isModulated
    ? `  let condition = (row / turn.positions) * kernel.conditionStride + four;
  return x * arena[kernel.factor + condition] + arena[kernel.offset + condition];`
    : '  return x;'
}
}
`;
