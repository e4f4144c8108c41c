const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
const wide = new Float64Array(1);
const wideBits = new Uint32Array(wide.buffer);

/** The value of an IEEE 754 half (1 sign, 5 exponent, 10 fraction bits), exactly. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Infinity : Number.NaN;
  }
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The half nearest to a number, ties to even; beyond 65 519 it is infinite, below 2^-25 it is zero. NaN stays NaN. */
export function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) {
    return 0x7e00;
  }
  if (magnitude >= 65_520) {
    return sign | 0x7c00;
  }
  if (magnitude < 2 ** -14) {
    return sign | roundToEven(magnitude * 2 ** 24);
  }
  // The exponent of a double: its magnitude is normal here, and rounding to float32 first could round twice.
  wide[0] = magnitude;
  const exponent = ((wideBits[1] >>> 20) & 0x7ff) - 1023;
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

/** The value of a bfloat16 (the upper half of a float32), exactly. */
export function bfloat16ToFloat(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratch[0];
}

/** The value of an 8-bit float with 4 exponent and 3 fraction bits, no infinity (E4M3FN: 0x7f and 0xff are NaN), exactly. */
export function float8E4m3ToFloat(bits: number): number {
  if ((bits & 0x7f) === 0x7f) {
    return Number.NaN;
  }
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = bits & 7;
  return exponent === 0
    ? sign * fraction * 2 ** -9
    : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

/** The value of an 8-bit float with 5 exponent and 2 fraction bits (E5M2: the upper half of an IEEE half), exactly. */
export function float8E5m2ToFloat(bits: number): number {
  return halfToFloat(bits << 8);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
