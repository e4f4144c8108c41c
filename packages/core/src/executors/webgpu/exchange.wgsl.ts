import { exchanged, lineWords, meetingWords } from './exchange-places.ts';
import type { Exchanged, ExchangePlaces } from './exchange-places.ts';

/** Times that a lane looks for a value before it gives up: a second or so. */
export const mostLooks: number = 2 ** 20;
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
