/** `slotOf(index, own)`: the slot of what a row sees, its own behind those that all rows see. */
export const slotWgsl: string = /* wgsl */ `
fn slotOf(index: u32, own: u32) -> u32 {
  return select(own, turn.begin + index, index < turn.end - turn.begin);
}
`;

/** `queryScale(query, head, fours)`: what multiplies the scores of a query. */
export const queryScaleWgsl = (isCosine: boolean): string =>
  isCosine
    ? /* wgsl */ `
fn queryScale(query: u32, head: u32, fours: u32) -> f32 {
  var squares = 0.0;
  for (var four = 0u; four < fours; four++) {
    let q = arena[query + four];
    squares += dot(q, q);
  }
  return arena[kernel.cosineFactors + head / 4u][head % 4u] / max(sqrt(squares), 1e-12);
}
`
    : /* wgsl */ `
fn queryScale(query: u32, head: u32, fours: u32) -> f32 {
  return kernel.scale;
}
`;

/** Places of the keys, the values and the query of a head, from `row`, `sequence` and `head`. */
export const headPlacesWgsl = (headFours: number): string => /* wgsl */ `
  let group = head / (kernel.heads / kernel.groups);
  let room = kernel.capacity * ${headFours}u;
  let keys = kernel.cache + (2u * sequence * kernel.groups + group) * room;
  let values = keys + kernel.groups * room;
  let query = kernel.x + (row * kernel.heads + head) * ${headFours}u;
  let scale = queryScale(query, head, ${headFours}u);`;
