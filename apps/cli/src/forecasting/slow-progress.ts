import type { ProgressEvent } from '../terminal/progress.ts';
import { progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';

/** Milliseconds of work that is done without a word. */
const quiet = 2000;

/** Shows progress of work that takes longer than two seconds. */
export interface SlowProgress {
  report(event: ProgressEvent): void;
  /** Leaves the last state standing; safe to call twice. */
  end(): void;
}

/** @param now  Milliseconds; a test passes its own. */
export function slowProgress(
  world: Pick<World, 'err' | 'isTerminal' | 'columns'>,
  now: () => number = () => performance.now(),
): SlowProgress {
  const started = now();
  const line = progressLine(world, now);
  let isShown = false;
  return {
    report(event) {
      const isSlow = event.done < event.total && now() - started >= quiet;
      isShown ||= isSlow;
      if (isShown) line.report(event);
    },
    end: () => line.end(),
  };
}
