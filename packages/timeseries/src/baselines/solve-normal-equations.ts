/** Below this share of its diagonal a pivot is rounding: the feature is a combination of those before it. */
const leastPivot = 1e-12;

/** `X'X` and `X'Y` of a least-squares problem with `features` columns of `X` and `targets` of `Y`. */
export interface NormalEquations {
  /** `[features, features]`; only the lower triangle is read, and overwritten. */
  readonly gram: Float64Array;
  /** `[features, targets]`; overwritten by the solution. */
  readonly moments: Float64Array;
  readonly features: number;
  readonly targets: number;
}

/**
 * Solves `gram · weights = moments` by Cholesky's decomposition, in place. Features that others combine to get weight 0, so that
 * constant and perfectly periodic series have a solution too.
 *
 * @returns `[features, targets]`, which is `moments`.
 */
export function solveNormalEquations(equations: NormalEquations): Float64Array {
  decompose(equations);
  const { gram, moments, features, targets } = equations;
  for (let row = 0; row < features; row += 1) {
    for (let column = 0; column < row; column += 1) {
      addScaledRow(moments, row, column, { factor: -gram[row * features + column], targets });
    }
    divideRow(equations, row);
  }
  for (let row = features - 1; row >= 0; row -= 1) {
    for (let below = row + 1; below < features; below += 1) {
      addScaledRow(moments, row, below, { factor: -gram[below * features + row], targets });
    }
    divideRow(equations, row);
  }
  return moments;
}

/** The lower factor over the lower triangle; a pivot of 0 marks a feature that is left out, whose column is 0. */
function decompose({ gram, features }: NormalEquations): void {
  for (let row = 0; row < features; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const diagonal = gram[row * features + row];
      let sum = gram[row * features + column];
      for (let k = 0; k < column; k += 1) {
        sum -= gram[row * features + k] * gram[column * features + k];
      }
      if (row === column) {
        gram[row * features + row] = sum > leastPivot * diagonal ? Math.sqrt(sum) : 0;
      } else {
        const pivot = gram[column * features + column];
        gram[row * features + column] = pivot === 0 ? 0 : sum / pivot;
      }
    }
  }
}

function addScaledRow(
  moments: Float64Array,
  to: number,
  from: number,
  { factor, targets }: { readonly factor: number; readonly targets: number },
): void {
  if (factor === 0) return;
  for (let target = 0; target < targets; target += 1) {
    moments[to * targets + target] += factor * moments[from * targets + target];
  }
}

function divideRow({ gram, moments, features, targets }: NormalEquations, row: number): void {
  const pivot = gram[row * features + row];
  for (let target = row * targets; target < (row + 1) * targets; target += 1) {
    moments[target] = pivot === 0 ? 0 : moments[target] / pivot;
  }
}
