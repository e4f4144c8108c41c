/**
 * What a product reads: rows as they are, the parts of split attention, or `silu` of rows of embedded hidden states plus
 * an embedded time.
 */
export type OperandSource = 'rows' | 'splits' | 'timed';

/** `operand(row, four)`: four values of a row of x. @param heads  Of all rows together, for what reads split attention. */
export function operandWgsl(source: OperandSource, heads = 0): string {
  if (source === 'rows') return rowsWgsl;
  return source === 'timed' ? timedWgsl : splitsWgsl(heads);
}

const rowsWgsl = /* wgsl */ `
fn operand(row: u32, four: u32) -> vec4<f32> {
  return arena[kernel.x + row * kernel.inner + four];
}
`;

// Softmax over all slots from the maximum and sum of each part; maximum and 1 / sum of all lie in `totals`.
const splitsWgsl = (heads: number): string => /* wgsl */ `
var<workgroup> totals: array<vec2<f32>, ${heads}>;
fn operand(row: u32, four: u32) -> vec4<f32> {
  let head = four / kernel.headFours;
  let total = totals[row * kernel.heads + head];
  let first = row * turn.splits;
  var mixed = vec4(0.0);
  for (var split = 0u; split < turn.splits; split++) {
    let peak = arena[kernel.statistics + (first + split) * kernel.heads + head].x;
    mixed += exp(peak - total.x) * arena[kernel.x + (first + split) * kernel.inner + four];
  }
  return mixed * total.y;
}
`;

/** Statements that make `totals`; all lanes must run them. */
export const gatherSplitsWgsl = (rows: number, lanes: number): string => /* wgsl */ `
  for (var task = lane; task < ${rows}u * kernel.heads; task += ${lanes}u) {
    let first = (task / kernel.heads) * turn.splits;
    let parts = kernel.statistics + first * kernel.heads + task % kernel.heads;
    var most = -3.0e38;
    for (var split = 0u; split < turn.splits; split++) {
      most = max(most, arena[parts + split * kernel.heads].x);
    }
    var sum = 0.0;
    for (var split = 0u; split < turn.splits; split++) {
      let part = arena[parts + split * kernel.heads];
      sum += exp(part.x - most) * part.y;
    }
    totals[task] = vec2(most, 1.0 / sum);
  }
  workgroupBarrier();`;

const timedWgsl = /* wgsl */ `
fn operand(row: u32, four: u32) -> vec4<f32> {
  let value = arena[kernel.x + row * kernel.inner + four] + arena[kernel.time + four];
  return value / (1.0 + exp(-value));
}
`;
