/**
 * `normals(words)`: two standard normal numbers from two words (Box and Muller 1958), as the host draws them. Devices'
 * own logarithm and sine are too coarse: these are within 1e-6 of float64.
 */
export const normalsWgsl: string = /* wgsl */ `
fn openUniform(word: u32) -> f32 {
  return (f32(word >> 9u) + 0.5) * 0x1p-23;
}

// ln u = e ln 2 + ln m with m in (1/√2, √2], and ln m = 2 artanh((m - 1) / (m + 1)) by its series.
fn logarithm(u: f32) -> f32 {
  let bits = bitcast<u32>(u);
  var exponent = i32(bits >> 23u) - 127;
  var mantissa = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
  if (mantissa > 1.41421354) {
    mantissa *= 0.5;
    exponent += 1;
  }
  let s = (mantissa - 1.0) / (mantissa + 1.0);
  let q = s * s;
  let series = 1.0 + q * (0.333333343 + q * (0.2 + q * (0.142857149 + q * 0.111111112)));
  return f32(exponent) * 0.693147182 + 2.0 * s * series;
}

// Cosine and sine of 2 π u: the nearest quarter turn is taken off exactly, the rest is at most π / 4.
fn circle(u: f32) -> vec2<f32> {
  let quarter = floor(4.0 * u + 0.5);
  let x = (u - 0.25 * quarter) * 6.28318548;
  let q = x * x;
  let c = 1.0 - q * (0.5 - q * (0.0416666679 - q * (0.00138888892 - q * 0.0000248015876)));
  let s = x * (1.0 - q * (0.166666672 - q * (0.00833333377 - q * (0.000198412701 - q * 0.00000275573188))));
  let turned = array<vec2<f32>, 4>(vec2(c, s), vec2(-s, c), vec2(-c, -s), vec2(s, -c));
  return turned[u32(quarter) & 3u];
}

fn normals(words: vec2<u32>) -> vec2<f32> {
  return sqrt(-2.0 * logarithm(openUniform(words.x))) * circle(openUniform(words.y));
}
`;
