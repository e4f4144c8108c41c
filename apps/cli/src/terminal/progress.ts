import type { World } from './world.ts';

/** How far a piece of work has come. */
export interface ProgressEvent {
  /** What is being done, in a word or two. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What is counted in `rate`, `pictures`. */
  readonly unit?: string;
  /** Units a second; worked out from the events where absent. */
  readonly rate?: number;
  /** A figure of the moment: `loss 0.123`. */
  readonly note?: string;
}

/** Shows progress until it is ended. */
export interface ProgressLine {
  report(event: ProgressEvent): void;
  /** A line of its own above the progress. */
  print(text: string): void;
  /** Leaves the last state standing; safe to call twice. */
  end(): void;
}

/** Milliseconds between two plain lines, and between two drawings on a terminal. */
const plainEvery = 5000;
const drawEvery = 100;
const barWidth = 20;

/**
 * One line on a terminal, drawn over itself; elsewhere plain lines, at most one every five seconds, with the first and the last
 * of each label.
 *
 * @param now  Milliseconds; a test passes its own.
 */
export function progressLine(
  world: Pick<World, 'err' | 'isTerminal' | 'columns'>,
  now: () => number = () => performance.now(),
): ProgressLine {
  let label: string | undefined;
  let first = { time: 0, done: 0 };
  let shownAt = 0;
  let isOpen = false;
  const erase = () => {
    if (isOpen) world.err('\r\u001b[2K');
    isOpen = false;
  };
  return {
    report(event) {
      const time = now();
      const isNew = event.label !== label;
      if (isNew) {
        if (isOpen) world.err('\n');
        isOpen = false;
        label = event.label;
        first = { time, done: event.done };
      }
      const isLast = event.done >= event.total;
      const every = world.isTerminal ? drawEvery : plainEvery;
      if (!isNew && !isLast && time - shownAt < every) return;
      shownAt = time;
      const text = describe(event, (time - first.time) / 1000, first.done);
      if (!world.isTerminal) {
        world.err(
          `${event.label}: ${text}\n`.slice(0, Math.max(world.columns, 1)).replace(/\n?$/, '\n'),
        );
        return;
      }
      world.err(`\r\u001b[2K${`${event.label} ${bar(event)} ${text}`.slice(0, world.columns - 1)}`);
      isOpen = true;
    },
    print(text) {
      erase();
      world.err(`${text}\n`);
    },
    end() {
      if (isOpen) world.err('\n');
      isOpen = false;
    },
  };
}

function describe(event: ProgressEvent, seconds: number, from: number): string {
  const { done, total, unit, note } = event;
  const pace = seconds > 0 ? (done - from) / seconds : 0;
  const rate = event.rate ?? pace;
  const left = pace > 0 ? (total - done) / pace : undefined;
  return [
    `${done}/${total}`,
    ...(note === undefined ? [] : [note]),
    ...(rate > 0 && unit !== undefined ? [`${formatRate(rate)} ${unit}/s`] : []),
    ...(left !== undefined && done < total ? [`${formatSeconds(left)} left`] : []),
  ].join('  ');
}

function bar({ done, total }: ProgressEvent): string {
  const filled = Math.round(barWidth * Math.min(1, Math.max(0, total === 0 ? 1 : done / total)));
  return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}]`;
}

/** Two digits, more before the point, never an exponent. */
function formatRate(rate: number): string {
  const digits = 1 - Math.floor(Math.log10(rate));
  return rate.toFixed(Math.min(Math.max(digits, 0), 100));
}

/** A time for people: `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}
