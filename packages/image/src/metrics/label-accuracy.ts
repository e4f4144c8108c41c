import { ShapeError } from '@nextx/core';

/** How often a judge sees what was asked for, over all and for each class. */
export interface LabelAccuracy {
  /** Share of all pictures, 0 to 1. */
  readonly accuracy: number;
  readonly count: number;
  /** In the order of the labels; `accuracy` is NaN for a class that was not asked for. */
  readonly classes: readonly {
    readonly name: string;
    readonly count: number;
    readonly accuracy: number;
    /** The wrong class that was seen most often, if any was. */
    readonly mistakenFor?: string;
  }[];
}

/**
 * Compares the labels that were asked for with those that were seen.
 *
 * @param labels  `asked`, `[N]` label of each picture, and `seen`, `[N]` the judge's label of each.
 * @throws {ShapeError} if the lengths differ or are 0.
 */
export function labelAccuracy(
  labelNames: readonly string[],
  { asked, seen }: { readonly asked: ArrayLike<number>; readonly seen: ArrayLike<number> },
): LabelAccuracy {
  if (asked.length !== seen.length || asked.length === 0) {
    throw new ShapeError(
      `labelAccuracy: needs one seen label for each asked one, got ${asked.length} and ${seen.length}.`,
    );
  }
  const table = labelNames.map(() => new Int32Array(labelNames.length));
  for (let i = 0; i < asked.length; i++) table[asked[i]][seen[i]]++;
  let right = 0;
  const classes = labelNames.map((name, label) => {
    const row = table[label];
    const count = row.reduce((sum, value) => sum + value, 0);
    right += row[label];
    const mistakes = row.map((value, other) => (other === label ? 0 : value));
    const most = Math.max(...mistakes);
    const accuracy = count === 0 ? NaN : row[label] / count;
    return most === 0
      ? { name, count, accuracy }
      : { name, count, accuracy, mistakenFor: labelNames[mistakes.indexOf(most)] };
  });
  return { accuracy: right / asked.length, count: asked.length, classes };
}

/** The table as text: class, pictures, share seen as asked, most common mistake. */
export function renderLabelAccuracy({ accuracy, count, classes }: LabelAccuracy): string {
  const width = Math.max(3, ...classes.map(({ name }) => name.length));
  const line = (name: string, pictures: number, share: number) =>
    `${name.padEnd(width)} ${String(pictures).padStart(7)} ${(100 * share).toFixed(1).padStart(6)} %`;
  return [
    ...classes
      .filter((one) => one.count > 0)
      .map(
        (one) =>
          line(one.name, one.count, one.accuracy) +
          (one.mistakenFor === undefined ? '' : `  (else ${one.mistakenFor})`),
      ),
    line('all', count, accuracy),
  ].join('\n');
}
