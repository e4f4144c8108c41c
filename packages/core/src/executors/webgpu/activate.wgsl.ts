/** Activations by their numbers: 0 none, 1 GELU by tanh, 2 GELU by erf, 3 SiLU. */
export const activateWgsl = (activation: number): string => /* wgsl */ `
fn activate(x: vec4<f32>) -> vec4<f32> {
${bodies[activation]}
}
`;

const bodies = [
  '  return x;',
  // x · sigmoid(2 √(2/π) (x + 0.044715 x³)).
  '  return x / (1.0 + exp(-x * (x * x * 0.0713548162726 + 1.59576912161)));',
  // erf to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
  `  let z = x * 0.70710678118654752;
  let size = abs(z);
  let t = 1.0 / (1.0 + size * 0.3275911);
  let p = ((((t * 1.061405429 - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let value = 1.0 - p * exp(-z * z);
  return x * 0.5 * (1.0 + value * sign(z));`,
  '  return x / (1.0 + exp(-x));',
];
