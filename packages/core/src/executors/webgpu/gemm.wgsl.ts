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

/** Workgroups below which small tiles are better: they keep more of a large GPU busy. */
const fewWorkgroups = 128;

/** The tile for some rows and outputs. */
export function productTile(rows: number, outputs: number): ProductTile {
  const workgroups = Math.ceil(rows / 64) * Math.ceil(outputs / 64);
  const side = workgroups < fewWorkgroups ? 32 : 64;
  return { rows: side, outputs: side };
}

const lanes = 256;
/** Fours of workgroup memory: what every device gives. */
const poolFours = 1024;

/**
 * Product of many rows with a matrix by tiles: slices of both go through workgroup memory, every lane sums 4 rows
 * times 8 outputs over its share of the slice; the lanes of one place add up at the end. The next slice is on its way
 * while one is multiplied. The rows' statistics are those that `row-statistics` wrote.
 */
export function gemmWgsl({ rows, outputs }: ProductTile, options: ProductOptions): string {
  const { format, cacheFormat, source, norm, ending } = options;
  const columns = outputs / 8;
  const places = (rows / 4) * columns;
  const strands = lanes / places;
  const sliceFours = poolFours / (rows + outputs);
  const shape = { columns, places, strands };
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${operandWgsl(source)}
${norm === undefined ? plainWgsl : normedWgsl(norm)}
${weightFourWgsl(format)}
${finishWgsl(ending, format)}
// Rows of x, then rows of the matrix; later the lanes' sums.
var<workgroup> pool: array<vec4<f32>, ${poolFours}>;
var<private> firstRow: u32;
var<private> firstOutput: u32;
var<private> lastOutput: u32;

fn leftFour(task: u32, slice: u32) -> vec4<f32> {
  let row = firstRow + task / ${sliceFours}u;
  let four = slice + task % ${sliceFours}u;
  if (row < turn.rows && four < kernel.inner) { return input(row, four); }
  return vec4(0.0);
}
fn rightFour(task: u32, slice: u32) -> vec4<f32> {
  let output = firstOutput + task / ${sliceFours}u;
  let four = slice + task % ${sliceFours}u;
  if (output < lastOutput && four < kernel.inner) { return weightFour(output, four); }
  return vec4(0.0);
}
// Rows that lanes read together lie in different banks.
fn leftPlace(row: u32, four: u32) -> u32 {
  return row * ${sliceFours}u + (four ^ ((row / 4u) % 8u));
}
fn rightPlace(output: u32, four: u32) -> u32 {
  return ${rows * sliceFours}u + output * ${sliceFours}u + (four ^ ((output / 8u) % 8u));
}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  firstRow = workgroup.y * ${rows}u;
  firstOutput = workgroup.x * ${outputs}u;
  // Outputs are stored in eights: rows of weights end there.
  lastOutput = (kernel.outputs${isHalved(options) ? ' * 2u' : ''} * 4u + 7u) / 8u * 8u;
  let strand = lane / ${places}u;
  let column = (lane % ${places}u) % ${columns}u;
  let band = (lane % ${places}u) / ${columns}u;
${slots(rows, sliceFours, (at, task) => `  var left${at} = leftFour(${task}, 0u);`)}
${slots(outputs, sliceFours, (at, task) => `  var right${at} = rightFour(${task}, 0u);`)}
${each(8, (sum) => `  var sum${sum} = vec4(0.0);`)}
  for (var slice = 0u; slice < kernel.inner; slice += ${sliceFours}u) {
${slots(rows, sliceFours, (at, task) => `    pool[leftPlace((${task}) / ${sliceFours}u, (${task}) % ${sliceFours}u)] = left${at};`)}
${slots(outputs, sliceFours, (at, task) => `    pool[rightPlace((${task}) / ${sliceFours}u, (${task}) % ${sliceFours}u)] = right${at};`)}
    workgroupBarrier();
${slots(rows, sliceFours, (at, task) => `    left${at} = leftFour(${task}, slice + ${sliceFours}u);`)}
${slots(outputs, sliceFours, (at, task) => `    right${at} = rightFour(${task}, slice + ${sliceFours}u);`)}
${each(sliceFours / strands, (share) => productLines(`(strand + ${share * strands}u)`))}
    workgroupBarrier();
  }
${each(4, (row) => sumLines(row, shape))}
}
`;
}

/** What one workgroup is made of. */
interface TileShape {
  readonly columns: number;
  readonly places: number;
  readonly strands: number;
}

const each = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

/** A line for each load of a lane of `rows` rows of a slice. */
function slots(
  rows: number,
  sliceFours: number,
  line: (at: number, task: string) => string,
): string {
  return each((rows * sliceFours) / lanes, (at) => line(at, `lane + ${at * lanes}u`));
}

/** Adds up one of the four rows of all strands, whose lanes take turns in finishing them. */
const sumLines = (row: number, { places, strands }: TileShape): string => /* wgsl */ `
  pool[2u * lane] = sum${2 * row};
  pool[2u * lane + 1u] = sum${2 * row + 1};
  workgroupBarrier();
  if (strand == ${row % strands}u) {
    var low = vec4(0.0);
    var high = vec4(0.0);
    for (var other = lane % ${places}u; other < ${lanes}u; other += ${places}u) {
      low += pool[2u * other];
      high += pool[2u * other + 1u];
    }
    let row = firstRow + 4u * band + ${row}u;
    if (row < turn.rows) { finish(row, firstOutput / 8u + column, low, high); }
  }
  workgroupBarrier();`;

function isHalved({ ending }: ProductOptions): boolean {
  return ending.kind === 'activate' && ending.isGated;
}

function productLines(four: string): string {
  const names = [0, 1, 2, 3];
  const lines = names.map(
    (row) => `      let x${row} = pool[leftPlace(4u * band + ${row}u, ${four})];`,
  );
  for (const half of [0, 1]) {
    for (const output of names) {
      lines.push(
        `      let w${half}${output} = pool[rightPlace(8u * column + ${4 * half + output}u, ${four})];`,
      );
    }
    for (const row of names) {
      const dots = names.map((output) => `dot(x${row}, w${half}${output})`).join(', ');
      lines.push(`      sum${2 * row + half} += vec4(${dots});`);
    }
  }
  return `    {\n${lines.join('\n')}\n    }`;
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
