import { OptionError } from '@nextx/core';

/** Stands for no class. */
export const noClass = 'none';

/**
 * The class that a person means by a name or a number.
 *
 * @param wanted  A label name in any case, its number, or the number as text; `none`, unless a class has that name.
 * @returns Index into `labelNames`; their number for `none`, the null class of a generation without class.
 * @throws {OptionError} ARG for an unknown name, with the nearest known one; RANGE for a number outside.
 */
export function resolveLabel(labelNames: readonly string[], wanted: string | number): number {
  const isNumber = typeof wanted === 'number' || /^[-+]?\d+(\.\d+)?$/.test(wanted.trim());
  if (isNumber) {
    const index = Number(wanted);
    if (Number.isInteger(index) && index >= 0 && index < labelNames.length) return index;
    throw new OptionError(
      `class: a number must be whole and from 0 to ${labelNames.length - 1}, got ${wanted}. ` +
        `The classes are ${labelNames.join(', ')}.`,
      'RANGE',
    );
  }
  const text = normalized(wanted);
  const exact = labelNames.findIndex((name) => normalized(name) === text);
  if (exact >= 0) return exact;
  if (text === noClass) return labelNames.length;
  const nearest = labelNames
    .map((name) => ({ name, distance: editDistance(normalized(name), text) }))
    .sort((a, b) => a.distance - b.distance)
    .at(0);
  throw new OptionError(
    `class: must be one of ${labelNames.join(', ')}, got "${wanted}".` +
      (nearest ? ` Did you mean "${nearest.name}"?` : ''),
  );
}

function normalized(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

/** Levenshtein distance; only the first 64 characters of each count. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, 64);
  const right = b.slice(0, 64);
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = row[j - 1] + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[right.length];
}
