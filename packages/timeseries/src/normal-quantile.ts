/**
 * The number that a standard normal one stays below with some probability, to 12 digits or more: Newton's steps from 0, which
 * never pass it, on the series `Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + …)`.
 *
 * @param probability  In (0, 1).
 */
export function normalQuantile(probability: number): number {
  if (probability < 0.5) return -normalQuantile(1 - probability);
  let quantile = 0;
  let step = Infinity;
  while (step > 1e-13 * (1 + quantile)) {
    step = (probability - distribution(quantile)) / density(quantile);
    quantile += step;
  }
  return quantile;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

function distribution(z: number): number {
  let term = z;
  let sum = 0;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (z * z) / odd;
  }
  return 0.5 + density(z) * sum;
}
