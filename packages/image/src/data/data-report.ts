import type { ImageDataset, Split } from './image-dataset.ts';

/** A file that could not be used. */
export interface UnreadableFile {
  readonly file: string;
  readonly reason: string;
}

/** Something that will hurt training, and what to do about it. */
export interface DataProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** What was found in a data set before training on it. */
export interface DataReport {
  readonly name: string;
  /** For example `idx files`, `emoji`, `class folders`. */
  readonly format: string;
  readonly split: Split;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** In the order of the labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Smallest, largest and mean byte. */
  readonly range: { readonly least: number; readonly most: number; readonly mean: number };
  /** Pictures that equal an earlier one byte for byte. */
  readonly duplicates: number;
  /** Pictures of one plain color. */
  readonly plain: number;
  /** Files left out, by name. */
  readonly unreadable: readonly UnreadableFile[];
  /** What was changed on the way in, such as sizes. */
  readonly notes: readonly string[];
  readonly problems: readonly DataProblem[];
}

/** What the reader of a data set knows beside the pictures. */
export interface DataOrigin {
  readonly format: string;
  readonly unreadable?: readonly UnreadableFile[];
  readonly notes?: readonly string[];
}

/** Looks a data set through: counts, classes, value range, duplicates, and what is wrong. */
export function reportDataset(
  dataset: ImageDataset,
  { format, unreadable = [], notes = [] }: DataOrigin,
): DataReport {
  const counts = new Int32Array(dataset.labelNames.length);
  for (const label of dataset.labels) counts[label]++;
  const classes = dataset.labelNames.map((name, i) => ({ name, count: counts[i] }));
  const look = lookThrough(dataset);
  const { name, split, count, width, height, channels } = dataset;
  const facts = {
    name,
    format,
    split,
    count,
    width,
    height,
    channels,
    classes,
    ...look,
    unreadable,
  };
  return { ...facts, notes, problems: findProblems(facts) };
}

/** The report as text for a terminal, without a final line break. */
export function renderDataReport(report: DataReport): string {
  const { name, format, split, count, width, height, channels, classes, range } = report;
  const most = Math.max(1, ...classes.map((one) => one.count));
  const widest = Math.max(...classes.map((one) => one.name.length));
  const lines = [
    `${name} (${format}), ${split} split: ${count} pictures, ${width} x ${height}, ` +
      (channels === 1 ? 'grey' : 'RGB'),
    `values ${range.least} to ${range.most}, mean ${range.mean.toFixed(1)}; ` +
      `${report.duplicates} duplicates; ${report.plain} of one plain color`,
    `${classes.length} classes:`,
    ...classes.map(
      (one) =>
        `  ${one.name.padEnd(widest)} ${String(one.count).padStart(7)} ` +
        '#'.repeat(Math.ceil((one.count / most) * 24)),
    ),
    ...report.notes,
  ];
  if (report.unreadable.length > 0) {
    lines.push(`${report.unreadable.length} files left out:`);
    for (const { file, reason } of report.unreadable.slice(0, 10))
      lines.push(`  ${file}: ${reason}`);
    const rest = report.unreadable.length - 10;
    if (rest > 0) lines.push(`  and ${rest} more`);
  }
  for (const { problem, remedy } of report.problems) lines.push(`! ${problem}. ${remedy}`);
  if (report.problems.length === 0) lines.push('No problems found.');
  return lines.join('\n');
}

type Look = Pick<DataReport, 'range' | 'duplicates' | 'plain'>;

function lookThrough({ images, count }: ImageDataset): Look {
  const size = images.length / count;
  const seen = new Set<number>();
  let least = 255;
  let most = 0;
  let sum = 0;
  let plain = 0;
  for (let n = 0; n < count; n++) {
    const first = images[n * size];
    let isPlain = true;
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (let i = n * size; i < (n + 1) * size; i++) {
      const value = images[i];
      if (value < least) least = value;
      if (value > most) most = value;
      if (value !== first) isPlain = false;
      sum += value;
      a = Math.imul(a ^ value, 0x01000193);
      b = Math.imul(b, 31) + value;
    }
    if (isPlain) plain++;
    // 53 bits of two hashes: 100,000 pictures collide by chance once in a million data sets.
    seen.add((a >>> 0) * 2 ** 21 + ((b ^ (b >>> 11)) & 0x1fffff));
  }
  return {
    range: { least, most, mean: sum / images.length },
    duplicates: count - seen.size,
    plain,
  };
}

function findProblems(report: Omit<DataReport, 'notes' | 'problems'>): DataProblem[] {
  const { classes, count, range, duplicates, plain, unreadable } = report;
  const problems: DataProblem[] = [];
  const add = (problem: string, remedy: string) => problems.push({ problem, remedy });
  const filled = classes.filter((one) => one.count > 0);
  if (filled.length < classes.length) {
    const empty = classes.filter((one) => one.count === 0).map((one) => one.name);
    add(`Classes without pictures: ${empty.join(', ')}`, 'Add pictures, or do not ask for them.');
  }
  const largest = filled.reduce((a, b) => (b.count > a.count ? b : a));
  const smallest = filled.reduce((a, b) => (b.count < a.count ? b : a));
  if (largest.count > 10 * smallest.count) {
    add(
      `Classes are uneven: ${largest.name} has ${largest.count}, ${smallest.name} has ${smallest.count}`,
      'Expect weaker pictures of small classes, or add some.',
    );
  }
  if (count < 1000) {
    add(
      `Only ${count} pictures`,
      'A model will remember rather than generalize; use a few thousand.',
    );
  }
  if (range.most - range.least < 64) {
    add(
      `Values span only ${range.least} to ${range.most}`,
      'Check that the pictures are not blank and have 8 bits.',
    );
  }
  if (duplicates > count / 100) add(`${duplicates} duplicates`, 'Remove repeated pictures.');
  if (plain > count / 100) add(`${plain} pictures of one color`, 'Remove blank pictures.');
  if (unreadable.length > 0) {
    add(`${unreadable.length} files could not be read`, 'Replace or remove the files named above.');
  }
  return problems;
}
