import { kindBytes, operationCount, regionKinds } from './program-listing.ts';
import type { ListedRegion, ListedStep, ProgramListing } from './program-listing.ts';

/** Steps that differ in the slots they see alone. */
interface StepRun {
  readonly from: number;
  readonly to: number;
  readonly first: ListedStep;
  readonly last: ListedStep;
}

/**
 * The program as text to print: a head line; for each run of like steps a line of its sizes and one of its operations;
 * and a line a kind of memory, with its formula and its regions, where `*` stands for numbers of blocks.
 */
export function describeProgram(listing: ProgramListing): string {
  const { executor, plan, format, cacheFormat, items, sequences, steps } = listing;
  const noun = executor === 'cpu' ? 'kernel call' : 'dispatch';
  const total = steps.reduce((sum, step) => sum + operationCount(step), 0);
  return [
    `${plan} on ${executor}: ${steps.length} steps, ${counted(total, noun)}; ${format} weights, ${cacheFormat} cache; ` +
      `${counted(items, 'item')} in ${counted(sequences, 'sequence')}`,
    '',
    ...stepRuns(steps).flatMap((run) => describeRun(run, noun)),
    '',
    ...regionKinds.flatMap((kind) => describeKind(listing, kind)),
    `total ${grouped(listing.totalBytes)} bytes`,
  ].join('\n');
}

function stepRuns(steps: readonly ListedStep[]): StepRun[] {
  const runs: StepRun[] = [];
  for (const [step, listed] of steps.entries()) {
    const before = runs.at(-1);
    if (before !== undefined && isAlike(before.last, listed)) {
      runs[runs.length - 1] = { ...before, to: step, last: listed };
    } else {
      runs.push({ from: step, to: step, first: listed, last: listed });
    }
  }
  return runs;
}

/** Whether two steps run the same operations on as many rows and read the same bytes of weights. */
function isAlike(a: ListedStep, b: ListedStep): boolean {
  return (
    a.rows === b.rows &&
    a.weightBytes === b.weightBytes &&
    describeOperations(a) === describeOperations(b)
  );
}

function describeRun({ from, to, first, last }: StepRun, noun: string): string[] {
  const steps = from === to ? `step ${from}` : `steps ${from} to ${to}`;
  const cache =
    first.cacheBytes === last.cacheBytes
      ? grouped(first.cacheBytes)
      : `${grouped(first.cacheBytes)} to ${grouped(last.cacheBytes)}`;
  return [
    `${steps}: ${counted(first.rows, 'row')}, ${counted(operationCount(first), noun)}, reads ${grouped(first.weightBytes)} bytes of weights, ${cache} of the cache`,
    `  ${describeOperations(first)}`,
  ];
}

function describeOperations({ operations }: ListedStep): string {
  return Object.entries(operations)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function describeKind(listing: ProgramListing, kind: ListedRegion['kind']): string[] {
  const { regions, formulas } = listing;
  const own = regions.filter((region) => region.kind === kind && region.bytes > 0);
  if (own.length === 0) return [];
  const formula = formulas.find((each) => each.kind === kind);
  const sums = new Map<string, { bytes: number; count: number }>();
  for (const { name, bytes } of own) {
    const form = name.replace(/\d+/g, '*');
    const sum = sums.get(form) ?? { bytes: 0, count: 0 };
    sums.set(form, { bytes: sum.bytes + bytes, count: sum.count + 1 });
  }
  return [
    `${kind} ${grouped(kindBytes(listing, kind))} bytes`,
    ...(formula === undefined ? [] : [`  ${formula.text} = ${grouped(formula.bytes)}`]),
    ...[...sums].map(
      ([form, { bytes, count }]) =>
        `  ${form}${count === 1 ? '' : ` (${count})`}: ${grouped(bytes)}`,
    ),
  ];
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function counted(count: number, noun: string): string {
  const ending = count === 1 ? '' : noun.endsWith('h') ? 'es' : 's';
  return `${grouped(count)} ${noun}${ending}`;
}
