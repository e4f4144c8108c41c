import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';
import {
  isRunOf,
  parseFinishedRun,
  runName,
  type FinishedRun,
  type PlannedRun,
} from './forecast-run.ts';

const ending = '.run.json';

/** Finished runs in a folder, a file each. */
export interface RunStore {
  /** The run's result, if it was finished with these settings. */
  find(run: PlannedRun): Promise<FinishedRun | undefined>;
  save(run: PlannedRun, finished: FinishedRun): Promise<void>;
  /** All of them, in the order of their names. */
  all(): Promise<FinishedRun[]>;
}

/** Opens a folder, which is made when a run is saved. */
export function openRunStore(folder: string): RunStore {
  const read = async (file: string) =>
    parseFinishedRun(file, await readFile(join(folder, file), 'utf8'));
  const files = async () =>
    (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(ending)).sort();
  return {
    find: async (run) => {
      const file = `${runName(run)}${ending}`;
      if (!(await files()).includes(file)) return undefined;
      const finished = await read(file);
      return isRunOf(finished, run) ? finished : undefined;
    },
    save: async (run, finished) => {
      await mkdir(folder, { recursive: true });
      const text = `${JSON.stringify(finished, undefined, 2)}\n`;
      await writeFileAtomic(
        join(folder, `${runName(run)}${ending}`),
        new TextEncoder().encode(text),
      );
    },
    all: async () => Promise.all((await files()).map(read)),
  };
}
