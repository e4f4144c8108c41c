import type { PersistentShape } from './persistent-shape.ts';

/** What workgroups of one dispatch hand each other, in this order in every block. */
export const exchanged = ['heads', 'mixed', 'streamIn', 'hidden', 'streamOut'] as const;

/** One of them. */
export type Exchanged = (typeof exchanged)[number];

/** Where it lies, in values from the start of the exchange. */
export interface ExchangePlaces extends Readonly<Record<Exchanged, number>> {
  /** (maximum, sum of weights) of each part of attention, `[R, splits, H, 2]`. */
  readonly statistics: number;
  /** Values of the whole. */
  readonly length: number;
}

/**
 * Lays out the exchange: queries, keys and values `[R, (H + 2 G) D]`, sums of values of each part of attention
 * `[R, splits, H D]`, the residual stream behind attention and behind the block `[R, C]`, hidden rows `[R, F]`.
 */
export function exchangePlaces(shape: PersistentShape, splits: number): ExchangePlaces {
  const { rows, width, hidden, heads, groups, headSize } = shape;
  let length = 0;
  const next = (count: number): number => {
    length += count;
    return length - count;
  };
  return {
    heads: next(rows * (heads + 2 * groups) * headSize),
    mixed: next(rows * splits * heads * headSize),
    statistics: next(rows * splits * heads * 2),
    streamIn: next(rows * width),
    streamOut: next(rows * width),
    hidden: next(rows * hidden),
    length,
  };
}

/** Words of a line of memory: what many workgroups look at at once has one of its own. */
const lineWords = 32;
/** Words in front of the exchange: where workgroups meet, then counts of senders and where they started. */
export const meetingWords: number = (1 + 2 * exchanged.length) * lineWords;

/** Words of the exchange: two a value. */
export function exchangeWords({ length }: ExchangePlaces): number {
  return meetingWords + 2 * length;
}

/** Times that a lane looks for a value before it gives up: a second or so. */
const mostLooks = 2 ** 20;
/** Times that it looks whether all senders are done before it looks for the values themselves. */
const mostCounts = 2 ** 12;

const counterOf = (which: number): string =>
  `kernel.exchange - ${meetingWords}u + ${(1 + which) * lineWords}u`;
const startOf = (which: number): string =>
  `kernel.exchange - ${meetingWords}u + ${(1 + exchanged.length + which) * lineWords}u`;

/**
 * What workgroups exchange values by. Atomics of WebGPU order nothing but themselves, so that a value carries its own
 * proof of arrival: each half of its bits shares a word with a tag of the block and the step, and is taken where both
 * tags are right. A value is overwritten a block later, when all that read it have given what was made of it.
 *
 * That many lanes look at the same words again and again slows those that write them: one lane a workgroup looks at a
 * count of the senders that are done first. The count is a hint; if it were early or never came, tags would decide.
 *
 * Workgroups that do not run together would wait for each other without end: `meet` finds that out beforehand, and who
 * has looked too often takes NaN for everything, which the draw reports.
 */
export const exchangeWgsl = (places: ExchangePlaces, workgroups: number): string => /* wgsl */ `
const workgroups = ${workgroups}u;
/** Words from the upper halves to the lower. */
const plane = ${places.length}u;
var<private> tag: u32 = 0u;
var<private> isStalled: bool = false;
/** Senders counted before this dispatch. */
${exchanged.map((name) => `var<private> ${name}Start: u32 = 0u;`).join('\n')}

fn send(at: u32, value: f32) {
  let bits = select(bitcast<u32>(value), 0x7fc00000u, isStalled);
  atomicStore(&state[kernel.exchange + at], (bits & 0xffff0000u) | tag);
  atomicStore(&state[kernel.exchange + plane + at], (bits << 16u) | tag);
}

fn joined(high: u32, low: u32) -> f32 {
  return bitcast<f32>(select((high & 0xffff0000u) | (low >> 16u), 0x7fc00000u, isStalled));
}

/** Reads what earlier dispatches have counted. */
fn readStarts() {
${exchanged.map((name, which) => `  ${name}Start = atomicLoad(&state[${startOf(which)}]);`).join('\n')}
}

/** Looks until so many senders are done. */
fn awaitCount(at: u32, goal: u32) {
  for (var look = 0u; look < ${mostCounts}u; look++) {
    if (bitcast<i32>(atomicLoad(&state[at]) - goal) >= 0) { return; }
  }
}

/** Counts the workgroups that are here at the same time, then those that saw all others. */
fn meet() {
  let here = kernel.exchange - ${meetingWords}u;
  atomicAdd(&state[here], 1u);
  for (var look = 0u; look < ${mostLooks / 64}u; look++) {
    if (atomicLoad(&state[here]) == workgroups) {
      atomicAdd(&state[here + 1u], 1u);
      return;
    }
  }
}
`;

/** Statements of all lanes that wait for `blocks` times `senders` since the dispatch began. */
export const awaitWgsl = (name: Exchanged, blocks: string, senders: string): string => /* wgsl */ `
      if (lane == 0u) { awaitCount(${counterOf(exchanged.indexOf(name))}, ${name}Start + (${blocks}) * (${senders})); }
      workgroupBarrier();`;

/** Statements of all lanes behind the values that a workgroup has sent. */
export const arriveWgsl = (name: Exchanged): string => /* wgsl */ `
      // Lanes may take turns at barriers alone: those that look for these values wait here for those that send them.
      workgroupBarrier();
      if (lane == 0u) { atomicAdd(&state[${counterOf(exchanged.indexOf(name))}], 1u); }`;

/** Statements of one workgroup at the end, for the next dispatch; `senders` of each in `blocks`. */
export const writeStartsWgsl = (
  blocks: number,
  senders: Readonly<Record<Exchanged, string>>,
): string =>
  exchanged
    .map(
      (name, which) =>
        `    atomicStore(&state[${startOf(which)}], ${name}Start + ${blocks}u * (${senders[name]}));`,
    )
    .join('\n');

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
