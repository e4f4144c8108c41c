import type { Address } from './records.ts';

/** Bytes from `begin` up to, without, `end`. */
interface Span {
  readonly begin: Address;
  readonly end: Address;
}

/** Which parts of the machine's memory behind the weights are taken. */
export class Room {
  readonly #first: Address;
  #taken: readonly Span[] = [];

  /** @param first  First byte behind the weights. */
  constructor(first: Address) {
    this.#first = Math.ceil(first / 64) * 64;
  }

  /** Begin of the lowest gap of at least so many bytes, a multiple of 64. */
  lowest(bytes: number): Address {
    let begin = this.#first;
    for (const span of this.#taken) {
      if (begin + bytes <= span.begin) break;
      begin = Math.max(begin, Math.ceil(span.end / 64) * 64);
    }
    return begin;
  }

  /** Takes a span. @returns what gives it back; calling it again changes nothing. */
  take(span: Span): () => void {
    this.#taken = [...this.#taken, span].sort((a, b) => a.begin - b.begin);
    return () => {
      this.#taken = this.#taken.filter((other) => other !== span);
    };
  }
}
