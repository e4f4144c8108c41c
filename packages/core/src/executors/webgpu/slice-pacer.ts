/** Work of one slice aimed at, and steps of one slice at most. */
const targetMs = 8;
const mostSteps = 64;

/**
 * Chooses how many steps are encoded together: the first slice is one step, so that the first token is early, then
 * they double up to a few milliseconds of work.
 */
export class SlicePacer {
  readonly #fixed: number | undefined;
  #next = 1;
  #stepMs = 0;

  /** @param fixed  Steps of every slice instead. */
  constructor(fixed: number | undefined) {
    this.#fixed = fixed;
  }

  /** Steps of the next slice. */
  take(): number {
    if (this.#fixed !== undefined) return this.#fixed;
    const steps = this.#next;
    const affordable =
      this.#stepMs === 0 ? mostSteps : Math.max(1, Math.floor(targetMs / this.#stepMs));
    this.#next = Math.min(2 * steps, mostSteps, affordable);
    return steps;
  }

  /** Notes how long some steps took. */
  note(steps: number, elapsedMs: number): void {
    this.#stepMs = elapsedMs / steps;
  }
}
