/** What a product reads: rows as they are, or the parts of split attention. */
export type OperandSource = 'rows' | 'splits';

/** `operand(row, four)`: four values of a row of x. */
export const operandWgsl = (source: OperandSource): string =>
  source === 'rows' ? rowsWgsl : splitsWgsl;

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
