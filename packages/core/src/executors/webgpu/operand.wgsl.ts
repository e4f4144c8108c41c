/**
 * What a product reads: rows as they are, the parts of split attention, or `silu` of rows of embedded hidden states plus
 * an embedded time.
 */
export type OperandSource = 'rows' | 'splits' | 'timed';

/** `operand(row, four)`: four values of a row of x. */
export const operandWgsl = (source: OperandSource): string => operands[source];

const rowsWgsl = /* wgsl */ `
fn operand(row: u32, four: u32) -> vec4<f32> {
  return arena[kernel.x + row * kernel.inner + four];
}
`;

// Softmax over all slots from the maximum and sum of each part.
const splitsWgsl = /* wgsl */ `
fn operand(row: u32, four: u32) -> vec4<f32> {
  let head = four / kernel.headFours;
  let first = row * turn.splits;
  var most = -3.0e38;
  for (var split = 0u; split < turn.splits; split++) {
    most = max(most, arena[kernel.statistics + (first + split) * kernel.heads + head].x);
  }
  var sum = 0.0;
  var mixed = vec4(0.0);
  for (var split = 0u; split < turn.splits; split++) {
    let part = arena[kernel.statistics + (first + split) * kernel.heads + head];
    let weight = exp(part.x - most);
    sum += weight * part.y;
    mixed += weight * arena[kernel.x + (first + split) * kernel.inner + four];
  }
  return mixed / sum;
}
`;

const timedWgsl = /* wgsl */ `
fn operand(row: u32, four: u32) -> vec4<f32> {
  let value = arena[kernel.x + row * kernel.inner + four] + arena[kernel.time + four];
  return value / (1.0 + exp(-value));
}
`;

const operands = { rows: rowsWgsl, splits: splitsWgsl, timed: timedWgsl } as const;
