/** Whole numbers from 0 up to a count, for the lines of generated code. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
