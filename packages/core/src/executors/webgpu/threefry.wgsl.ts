/**
 * `threefry(key, counter)`: the block cipher Threefry-2x32 of 20 rounds (Salmon et al. 2011), word for word that of
 * the host, and `mulShift24(a, b)`: `⌊a b / 2^24⌋` for `a < 2^31` and `b < 2^24`, with 1 beside it where a rest is left.
 */
export const threefryWgsl: string = /* wgsl */ `
fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  var schedule = array<u32, 3>(key.x, key.y, 0x1bd11bdau ^ key.x ^ key.y);
  var rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var x = counter + key;
  for (var round = 0u; round < 20u; round++) {
    let bits = rotations[round & 7u];
    x.x += x.y;
    x.y = ((x.y << bits) | (x.y >> (32u - bits))) ^ x.x;
    if ((round & 3u) == 3u) {
      let group = (round >> 2u) + 1u;
      x += vec2(schedule[group % 3u], schedule[(group + 1u) % 3u] + group);
    }
  }
  return x;
}

fn mulShift24(a: u32, b: u32) -> vec2<u32> {
  let high = vec2(a >> 12u, b >> 12u);
  let low = vec2(a & 4095u, b & 4095u);
  let lowest = low.x * low.y;
  let middle = high.x * low.y + low.x * high.y + (lowest >> 12u);
  let rest = (middle & 4095u) | (lowest & 4095u);
  return vec2(high.x * high.y + (middle >> 12u), select(0u, 1u, rest != 0u));
}
`;
