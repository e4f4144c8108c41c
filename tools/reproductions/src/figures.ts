/** A number with so many decimals, or that it was not measured. */
export function figure(value: number | undefined, digits: number): string {
  return value === undefined ? 'not measured' : value.toFixed(digits);
}

/** A share as percent with one decimal. */
export function share(value: number | undefined): string {
  return value === undefined ? 'not measured' : `${(100 * value).toFixed(1)} %`;
}

/** A whole number with commas. */
export function whole(value: number): string {
  return value.toLocaleString('en');
}
