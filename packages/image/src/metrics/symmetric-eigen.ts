import { NumericError, ShapeError } from '@nextx/core';

/** Eigenvalues, largest first, and their unit vectors. */
export interface SymmetricEigen {
  /** `[D]`, descending. */
  readonly values: Float64Array;
  /** `[D, D]` row-major; row `i` belongs to `values[i]`. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to three diagonals, then implicit QL
 * with Wilkinson shifts (Golub and Van Loan, Matrix Computations, section 8.3). About `9 D^3` operations.
 *
 * @param matrix  `[D, D]` row-major; only its symmetric part is used; not changed.
 * @throws {ShapeError} if there are not `size * size` values.
 * @throws {NumericError} if a value is not finite or the iteration does not settle.
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  if (matrix.length !== size * size || size < 1) {
    throw new ShapeError(
      `symmetricEigen: ${size} x ${size} needs ${size * size} values, got ${matrix.length}.`,
    );
  }
  if (!matrix.every(Number.isFinite)) {
    throw new NumericError('symmetricEigen: every value must be finite. Check the features.');
  }
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from(
      { length: size },
      (__, j) => (matrix[i * size + j] + matrix[j * size + i]) / 2,
    ),
  );
  const { diagonal, beside, basis } = tridiagonalize(rows);
  rotateToDiagonal(diagonal, beside, basis);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i]);
  const vectors = new Float64Array(size * size);
  for (const [to, from] of order.entries()) vectors.set(basis[from], to * size);
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` couples rows `i` and `i + 1`; the last is 0. */
  readonly beside: Float64Array;
  /** Row `i` is the `i`-th new basis vector. */
  readonly basis: Float64Array[];
}

/** Householder reflections, applied from both sides; takes `a` as work space. */
function tridiagonalize(a: Float64Array[]): Tridiagonal {
  const n = a.length;
  const basis = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  const beside = new Float64Array(n);
  const mirrors: (Float64Array | undefined)[] = [];
  for (let k = 0; k < n - 1; k++) {
    const mirror = householder(a[k], k + 1);
    mirrors.push(mirror?.v);
    beside[k] = mirror ? mirror.length : a[k][k + 1];
    if (mirror) reflectBothSides(a, mirror.v, k + 1);
  }
  for (let k = n - 2; k >= 0; k--) {
    const v = mirrors[k];
    if (v) reflectColumns(basis, v, k + 1);
  }
  return { diagonal: Float64Array.from(a, (row, i) => row[i]), beside, basis: transposed(basis) };
}

/** Unit vector `v` whose reflection `I - 2 v v'` sends `row[from..]` to `(length, 0, ...)`. */
function householder(
  row: Float64Array,
  from: number,
): { readonly v: Float64Array; readonly length: number } | undefined {
  // Scaled by the largest value, so that squares of tiny ones do not vanish.
  let scale = 0;
  for (let i = from; i < row.length; i++) scale = Math.max(scale, Math.abs(row[i]));
  let rest = 0;
  for (let i = from + 1; i < row.length; i++) rest += (row[i] / scale) ** 2;
  if (scale === 0 || rest === 0) return undefined;
  const first = row[from] / scale;
  const scaledLength = -Math.sign(first || 1) * Math.sqrt(rest + first * first);
  const v = new Float64Array(row.length);
  for (let i = from; i < row.length; i++) v[i] = row[i] / scale;
  v[from] -= scaledLength;
  const norm = Math.sqrt(rest + v[from] * v[from]);
  for (let i = from; i < v.length; i++) v[i] /= norm;
  const length = scaledLength * scale;
  return { v, length };
}

/** `a - v w' - w v'` with `w = 2 (a v - (v' a v) v)`, on the block from `from` on. */
function reflectBothSides(a: Float64Array[], v: Float64Array, from: number): void {
  const n = a.length;
  const w = new Float64Array(n);
  let along = 0;
  for (let i = from; i < n; i++) {
    const row = a[i];
    let sum = 0;
    for (let j = from; j < n; j++) sum += row[j] * v[j];
    w[i] = sum;
    along += sum * v[i];
  }
  for (let i = from; i < n; i++) w[i] = 2 * (w[i] - along * v[i]);
  for (let i = from; i < n; i++) {
    const row = a[i];
    const vi = v[i];
    const wi = w[i];
    for (let j = from; j < n; j++) row[j] -= vi * w[j] + wi * v[j];
  }
}

/** `(I - 2 v v') basis`, row by row. */
function reflectColumns(basis: Float64Array[], v: Float64Array, from: number): void {
  const n = basis.length;
  const sums = new Float64Array(n);
  for (let i = from; i < n; i++) {
    for (let j = 0; j < n; j++) sums[j] += v[i] * basis[i][j];
  }
  for (let i = from; i < n; i++) {
    const factor = 2 * v[i];
    for (let j = 0; j < n; j++) basis[i][j] -= factor * sums[j];
  }
}

function transposed(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((_, i) => Float64Array.from(rows, (row) => row[i]));
}

/** Implicit QL: rotations push `beside` to zero; the basis vectors (rows) turn along. */
function rotateToDiagonal(d: Float64Array, e: Float64Array, basis: Float64Array[]): void {
  const n = d.length;
  // Rounding has left this much in a matrix of low rank, where neighbors say nothing about what is small.
  const noise =
    2 ** -54 * d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i])), 0);
  for (let low = 0; low < n; low++) {
    for (let round = 0; ; round++) {
      let high = low;
      while (high < n - 1 && !isNegligible(e[high], { a: d[high], b: d[high + 1], noise })) high++;
      if (high === low) break;
      if (round === 60) {
        throw new NumericError(`symmetricEigen: eigenvalue ${low} did not settle in 60 rounds.`);
      }
      sweep(d, e, { low, high, basis });
    }
  }
}

function isNegligible(
  coupling: number,
  { a, b, noise }: { readonly a: number; readonly b: number; readonly noise: number },
): boolean {
  return Math.abs(coupling) <= Math.max(noise, 2 ** -52 * (Math.abs(a) + Math.abs(b)));
}

function sweep(
  d: Float64Array,
  e: Float64Array,
  {
    low,
    high,
    basis,
  }: { readonly low: number; readonly high: number; readonly basis: Float64Array[] },
): void {
  const half = (d[low + 1] - d[low]) / (2 * e[low]);
  const root = Math.hypot(half, 1);
  let g = d[high] - d[low] + e[low] / (half + (half >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= shift;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1] - shift;
    const turned = (d[i] - g) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = g + shift;
    g = cosine * turned - b;
    turn(basis[i], basis[i + 1], { sine, cosine });
  }
  d[low] -= shift;
  e[low] = g;
  e[high] = 0;
}

function turn(
  a: Float64Array,
  b: Float64Array,
  { sine, cosine }: { readonly sine: number; readonly cosine: number },
): void {
  for (let k = 0; k < a.length; k++) {
    const before = b[k];
    b[k] = sine * a[k] + cosine * before;
    a[k] = cosine * a[k] - sine * before;
  }
}
