import { appendFile, readFile } from 'node:fs/promises';
import type { TrainProgress } from '@nextx/core';
import { writeFileAtomic } from '@nextx/core/node';

/** One update as the log has it. */
export interface LogEntry {
  readonly step: number;
  readonly loss: number;
  readonly validation?: Readonly<Record<string, number>>;
  readonly [figure: string]: unknown;
}

/** A training's log: one line of JSON an update. */
export interface TrainingLog {
  /** All updates so far, of earlier runs too. */
  readonly entries: readonly LogEntry[];
  add(progress: TrainProgress): Promise<LogEntry>;
}

/**
 * Opens a log. Lines after the checkpoint that a training continues from are dropped: they come again.
 *
 * @param lastStep  Step of that checkpoint; 0 begins anew.
 */
export async function openTrainingLog(file: string, lastStep: number): Promise<TrainingLog> {
  const before = lastStep === 0 ? [] : await readEntries(file);
  const entries = before.filter(({ step }) => step <= lastStep);
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await writeFileAtomic(file, new TextEncoder().encode(text));
  return {
    entries,
    add: async (progress) => {
      const entry = entryOf(progress);
      entries.push(entry);
      await appendFile(file, `${JSON.stringify(entry)}\n`);
      return entry;
    },
  };
}

function entryOf(progress: TrainProgress): LogEntry {
  const { step, loss, metrics, learningRate, gradientNorm, samplesPerSecond, validation } =
    progress;
  const figures = { step, loss, ...metrics, learningRate, gradientNorm, samplesPerSecond };
  return validation === undefined ? figures : { ...figures, validation };
}

/** Whole lines of a log; one that was cut when the program was killed is left out. */
async function readEntries(file: string): Promise<LogEntry[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isEntry(entry) ? [entry] : [];
    } catch {
      return [];
    }
  });
}

function isEntry(value: unknown): value is LogEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    typeof value.step === 'number' &&
    'loss' in value &&
    typeof value.loss === 'number'
  );
}
