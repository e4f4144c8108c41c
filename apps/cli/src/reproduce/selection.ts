import { UsageError } from '../terminal/usage-error.ts';
import { tableHorizons, type ForecastSystem } from './forecast-systems.ts';

/** What is to be run. */
export interface Selection<Part extends string> {
  readonly systems: readonly ForecastSystem[];
  readonly parts: readonly Part[];
}

/**
 * Rows and other parts by the words of `--only`, in the order of the page; `none` is none of them.
 *
 * @throws {UsageError} if a word names none.
 */
export function selectionOf<Part extends string>(
  names: readonly string[] | undefined,
  all: Selection<Part>,
): Selection<Part> {
  if (names === undefined) return all;
  if (names.join() === 'none') return { systems: [], parts: [] };
  const wanted = names.map((name) => name.toLowerCase());
  const isWanted = (words: readonly string[]) =>
    words.some((word) => wanted.includes(word.toLowerCase()));
  const wordsOf = ({ name, lookBack }: ForecastSystem) => [name, `${name}-${lookBack}`];
  const words = [...all.systems.flatMap(wordsOf), ...all.parts].map((word) => word.toLowerCase());
  const unknown = names.find((name) => !words.includes(name.toLowerCase()));
  if (unknown !== undefined) {
    const known = [...new Set(all.systems.map(({ name }) => name)), ...all.parts].join(', ');
    throw new UsageError(`--only must name some of ${known} or none, got "${unknown}".`);
  }
  return {
    systems: all.systems.filter((system) => isWanted(wordsOf(system))),
    parts: all.parts.filter((part) => isWanted([part])),
  };
}

/** Horizons asked for, ascending. @throws {UsageError} unless all of them are of the tables. */
export function horizonsOf(words: readonly string[] | undefined): readonly number[] {
  if (words === undefined) return tableHorizons;
  const wanted = words.map(Number);
  if (wanted.every((horizon) => tableHorizons.some((known) => known === horizon))) {
    return tableHorizons.filter((horizon) => wanted.includes(horizon));
  }
  throw new UsageError(
    `--horizons must be some of ${tableHorizons.join(', ')}, got "${words.join(',')}".`,
  );
}

/** Seeds asked for. @throws {UsageError} unless all of them are whole numbers from 0 on. */
export function seedsOf(words: readonly string[] | undefined): readonly number[] {
  if (words === undefined) return [1, 2, 3];
  if (words.every((word) => /^\d{1,15}$/.test(word))) return words.map(Number);
  throw new UsageError(`--seeds must be whole numbers, got "${words.join(',')}".`);
}

/** Sets asked for. @throws {UsageError} if there is no such set. */
export function setsOf(words: readonly string[] | undefined): readonly string[] {
  const sets = ['ETTh1', 'ETTh2'];
  const unknown = words?.find((word) => !sets.includes(word));
  if (unknown === undefined) return words ?? sets;
  throw new UsageError(`--set must be some of ${sets.join(', ')}, got "${unknown}".`);
}
