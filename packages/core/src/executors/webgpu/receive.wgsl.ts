import { mostLooks } from './exchange.wgsl.ts';

/** Value `k` of a row of `size` in the exchange: the four values of a lane lie in planes, so that lanes read neighbours. */
export const planar = (k: string, size: number): string =>
  `((${k}) % 4u * ${size / 4}u + (${k}) / 4u)`;

/** A variable that receives a value, and the expression of its place in the exchange. */
export interface ReceivedValue {
  readonly name: string;
  readonly at: string;
}

/** The four values of four `four` of a row of `size` that starts at a place. */
export const receivedFour = (
  name: string,
  { row, four, size }: { readonly row: string; readonly four: string; readonly size: number },
): ReceivedValue[] =>
  [0, 1, 2, 3].map((plane) => ({
    name: `${name}v${plane}`,
    at: `${row} + ${plane * (size / 4)}u + ${four}`,
  }));

/** The vector of what `receivedFour` named. */
export const joinedFour = (name: string): string =>
  `vec4(${[0, 1, 2, 3].map((plane) => `${name}v${plane}`).join(', ')})`;

/** Statements that look for some values together until all are there, and declare them. */
export function receiveWgsl(values: readonly ReceivedValue[]): string {
  const words = values.flatMap(({ name }) => [`${name}High`, `${name}Low`]);
  const late = words.map((word) => `(${word} ^ tag)`).join(' | ');
  const lines = (line: (value: ReceivedValue) => string): string => values.map(line).join('\n');
  return /* wgsl */ `
${lines(({ name, at }) => `        let ${name}At = kernel.exchange + ${at};`)}
${lines(({ name }) => `        var ${name}High = 0u; var ${name}Low = 0u;`)}
        for (var look = 0u; !isStalled; look++) {
${lines(
  ({ name }) => `          ${name}High = atomicLoad(&state[${name}At]);
          ${name}Low = atomicLoad(&state[${name}At + plane]);`,
)}
          if (((${late}) & 0xffffu) == 0u) { break; }
          if (look == ${mostLooks}u) { isStalled = true; }
        }
${lines(({ name }) => `        let ${name} = joined(${name}High, ${name}Low);`)}`;
}
