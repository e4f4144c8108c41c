// The machine: threads that run a program's records in turn, all of them on one record at a time.
import { attend, VisibleRange } from './attention';
import { FlowStep, flowStep } from './flow';
import { Heads, placeHeads } from './heads';
import { Blend, blend, Contract, contract, Lookup, lookUp, Broadcast, broadcast } from './inputs';
import { epilogueRows } from './epilogue';
import { areBytesRight } from './integer-products';
import { Matrix } from './matrix';
import { multiply } from './multiply';
import { Normalize, normalizeRows } from './normalize';
import { Quantize, quantizeRows } from './quantize';

/** Bytes of a record, whatever it holds. */
const RECORD_BYTES: usize = 80;

const NORMALIZE: i32 = 1;
const QUANTIZE: i32 = 2;
const MULTIPLY: i32 = 3;
const PLACE_HEADS: i32 = 4;
const ATTEND: i32 = 5;
const LOOK_UP: i32 = 6;
const CONTRACT: i32 = 7;
const BLEND: i32 = 8;
const BROADCAST: i32 = 9;
const EPILOGUE: i32 = 10;
const FLOW_STEP: i32 = 11;

/** What all threads share, at the address that `run` and `serve` are given. */
@unmanaged
class Control {
  /** Programs asked for so far; threads wait for it to change. */
  requests: i32;
  /** Threads that have reached the current barrier. */
  arrived: i32;
  /** Barriers passed. */
  phase: i32;
  /** Not 0: threads end. */
  isClosed: i32;
  /** Records of the program. */
  records: usize;
  count: i32;
  /** Sequences, new rows of each, and slots filled before them. */
  sequences: i32;
  positions: i32;
  fill: i32;
  /** The fields of a `VisibleRange`. */
  visibleBegin: i32;
  visibleEnd: i32;
  isSelfSeen: i32;
  /** Shares of the current record that threads have taken. */
  taken: i32;
}

/**
 * Looks at a word before a thread goes to sleep on it: some 150 µs, longer than JavaScript takes between two steps of a row,
 * since waking up costs as much.
 */
const SPINS: i32 = 30000;

/** Waits until the word at `address` is no longer `value`; a page's own thread may not sleep. */
function awaitChange(address: usize, value: i32, maySleep: bool): void {
  for (let spin = 0; spin < SPINS || !maySleep; spin++) {
    if (atomic.load<i32>(address) != value) return;
  }
  while (atomic.load<i32>(address) == value) atomic.wait<i32>(address, value, -1);
}

/** Waits until all threads are here. */
function barrier(c: Control, threads: i32, maySleep: bool): void {
  if (threads == 1) {
    c.taken = 0;
    return;
  }
  const phaseAddress = changetype<usize>(c) + offsetof<Control>('phase');
  const arrivedAddress = changetype<usize>(c) + offsetof<Control>('arrived');
  const phase = atomic.load<i32>(phaseAddress);
  if (atomic.add<i32>(arrivedAddress, 1) < threads - 1) {
    awaitChange(phaseAddress, phase, maySleep);
    return;
  }
  atomic.store<i32>(arrivedAddress, 0);
  c.taken = 0;
  atomic.store<i32>(phaseAddress, phase + 1);
  atomic.notify(phaseAddress, threads);
}

/** Runs the program as one of `threads` threads. */
function work(c: Control, thread: i32, threads: i32, maySleep: bool): void {
  const rows = c.sequences * c.positions;
  const records = c.records;
  const taken = changetype<usize>(c) + offsetof<Control>('taken');
  // Read once: behind the last barrier the next program may be written while this thread still wakes up.
  const count = c.count;
  for (let i = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const operation = load<i32>(record);
    if (operation == MULTIPLY) {
      const m = changetype<Matrix>(record);
      multiply(m, m.rows != 0 ? m.rows : rows, c.positions, taken, threads);
    } else if (operation == EPILOGUE) {
      epilogueRows(changetype<Matrix>(record), rows, c.positions, thread, threads);
    } else if (operation == NORMALIZE) {
      normalizeRows(changetype<Normalize>(record), rows, c.positions, thread, threads);
    } else if (operation == QUANTIZE) {
      quantizeRows(changetype<Quantize>(record), rows, thread, threads);
    } else if (operation == PLACE_HEADS) {
      placeHeads(changetype<Heads>(record), rows, c.positions, c.fill, thread, threads);
    } else if (operation == ATTEND) {
      attend(
        changetype<Heads>(record),
        c.sequences,
        c.positions,
        c.fill,
        changetype<VisibleRange>(changetype<usize>(c) + offsetof<Control>('visibleBegin')),
        taken,
        thread,
      );
    } else if (operation == LOOK_UP) {
      lookUp(changetype<Lookup>(record), thread, threads);
    } else if (operation == CONTRACT) {
      contract(changetype<Contract>(record), thread, threads);
    } else if (operation == BLEND) {
      blend(changetype<Blend>(record), thread, threads);
    } else if (operation == BROADCAST) {
      broadcast(changetype<Broadcast>(record), thread, threads);
    } else if (operation == FLOW_STEP) {
      flowStep(changetype<FlowStep>(record), rows, thread, threads);
    }
    barrier(c, threads, maySleep);
  }
}

export { areBytesRight };

/**
 * Runs a program, as thread 0 of `threads`; the others must be serving. Returns when all are done.
 *
 * @param maySleep  False on a page's own thread, which only spins.
 */
export function run(control: usize, threads: i32, maySleep: bool): void {
  const c = changetype<Control>(control);
  if (threads > 1) {
    atomic.add<i32>(control, 1);
    atomic.notify(control, threads);
  }
  work(c, 0, threads, maySleep);
}

/** Runs every program that is asked for, until closed. */
export function serve(control: usize, thread: i32, threads: i32): void {
  const c = changetype<Control>(control);
  let done = 0;
  while (true) {
    awaitChange(control, done, true);
    if (c.isClosed) return;
    done++;
    work(c, thread, threads, true);
  }
}

/** Ends the threads that serve. */
export function close(control: usize, threads: i32): void {
  changetype<Control>(control).isClosed = 1;
  atomic.add<i32>(control, 1);
  atomic.notify(control, threads);
}
