import type { Plan } from '../../plan/plan.ts';
import type { Generation } from './generation.ts';

/** A generation, and what another must have in common to use what was made for it. */
export interface OpenGeneration {
  readonly generation: Generation;
  readonly cacheBytes: number;
  readonly plan: Plan;
  /** Items, guidance and filters. */
  readonly kind: string;
}

/**
 * What a finished generation was made of, for the next of its kind: compiling the program, making the buffers and binding
 * them takes as long as some steps.
 */
export class KeptGeneration {
  #kept: OpenGeneration | undefined;

  /** Keeps a generation, or nothing, and frees the one before. */
  keep(opened: OpenGeneration | undefined): void {
    this.#kept?.generation.dispose();
    this.#kept = opened;
  }

  /** The generation, if it is of the kind that is asked for; else it makes room. */
  take(plan: Plan, kind: string): OpenGeneration | undefined {
    const kept = this.#kept;
    if (kept?.plan !== plan || kept.kind !== kind) {
      this.keep(undefined);
      return undefined;
    }
    this.#kept = undefined;
    return kept;
  }
}
