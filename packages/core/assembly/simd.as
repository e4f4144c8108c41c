// What the kernels share: fused multiply-add, sums across lanes, exponential and activations of four lanes.

/** `a · b + c`; one rounding in the relaxed build, two in the plain one. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sums of the lanes of four vectors. */
@inline
export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Sum of the four lanes. */
@inline
export function laneSum(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) +
    f32x4.extract_lane(a, 2) +
    (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3))
  );
}

/** 1.5 · 2^23: what is added to it is rounded to an integer, which the lowest bits then hold. */
const ROUNDING: f32 = 12582912.0;

/**
 * e^x: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 6 in r, and n added to the exponent's bits.
 * Within 2 units in the last place between -87 and 88, clamped outside; NaN stays NaN.
 */
@inline
export function exponential(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.0)), f32x4.splat(-87.0));
  const rounded = f32x4.add(
    f32x4.mul(clamped, f32x4.splat(1.44269504088896341)),
    f32x4.splat(ROUNDING),
  );
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDING));
  // ln 2 in two parts, the first exact in few bits.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.3888889e-3);
  p = multiplyAdd(p, r, f32x4.splat(8.3333333e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1666667e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666667e-1));
  p = multiplyAdd(p, r, f32x4.splat(0.5));
  p = multiplyAdd(p, r, f32x4.splat(1.0));
  p = multiplyAdd(p, r, f32x4.splat(1.0));
  const exponent = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

/** `x / (1 + e^-s)`. */
function gated(x: v128, s: v128): v128 {
  const one = f32x4.splat(1.0);
  return f32x4.div(x, f32x4.add(one, exponential(f32x4.neg(s))));
}

/** erf to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
function errorFunction(x: v128): v128 {
  const one = f32x4.splat(1.0);
  const size = f32x4.abs(x);
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(size, f32x4.splat(0.3275911))));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), exponential(f32x4.neg(f32x4.mul(x, x))));
  const value = f32x4.sub(one, tail);
  // The sign of x on the value.
  return v128.or(value, v128.and(x, i32x4.splat(0x80000000)));
}

/** No activation. */
export const IDENTITY: i32 = 0;
/** GELU by its tanh approximation. */
export const GELU_TANH: i32 = 1;
/** GELU by erf, which is exact to 1.5e-7. */
export const GELU_ERF: i32 = 2;
/** SiLU. */
export const SILU: i32 = 3;

/** An activation by its number. */
export function activate(x: v128, activation: i32): v128 {
  if (activation == IDENTITY) return x;
  if (activation == SILU) return gated(x, x);
  if (activation == GELU_TANH) {
    // x · sigmoid(2 √(2/π) (x + 0.044715 x³))
    const cubic = f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.0713548162726));
    return gated(x, f32x4.mul(x, f32x4.add(cubic, f32x4.splat(1.59576912161))));
  }
  const half = f32x4.mul(x, f32x4.splat(0.5));
  const phi = errorFunction(f32x4.mul(x, f32x4.splat(0.70710678118654752)));
  return f32x4.mul(half, f32x4.add(f32x4.splat(1.0), phi));
}
