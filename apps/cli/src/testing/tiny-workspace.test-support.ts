import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointStore } from '@nextx/core/node';
import { runCli } from '../run-cli.ts';
import { capturedWorld } from './captured-world.test-support.ts';
import { tinyTokenizer, tinyVar, writeClassFolders } from './class-folders.test-support.ts';

/** How a command line ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with pictures and configs in which command lines are run. */
export interface TinyWorkspace {
  readonly root: string;
  /** Path of a file in it. */
  readonly at: (...names: string[]) => string;
  /** Pictures, configs, and the trained folders `tokenizer` and `model`. */
  readonly make: () => Promise<void>;
  readonly remove: () => Promise<void>;
  /** @param onOut  Told of everything written to standard output. */
  readonly run: (
    line: readonly string[],
    onOut?: (text: string, stop: () => void) => void,
  ) => Promise<Outcome>;
  /** A command line that trains by the config of its recipe. */
  readonly train: (recipe: string, out: string, ...more: string[]) => string[];
  /** Files of the newest checkpoint of a training. */
  readonly newestState: (out: string) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Words of a command line, none of which holds a space. */
export function words(text: string, ...more: string[]): string[] {
  return [...text.split(' '), ...more];
}

/** An empty folder; `make` fills it. */
export function tinyWorkspace(): TinyWorkspace {
  const root = mkdtempSync(join(tmpdir(), 'nextx-cli-'));
  const at = (...names: string[]) => join(root, ...names);
  const run: TinyWorkspace['run'] = async (line, onOut) => {
    const world = capturedWorld(onOut);
    const code = await runCli(line, world);
    return { code, out: world.stdout(), err: world.stderr() };
  };
  const train: TinyWorkspace['train'] = (recipe, out, ...more) =>
    words(
      `train ${recipe} --engine cpu --json --data ${at('data')} --config ${at(`${recipe}.json`)} --out ${at(out)}`,
      ...more,
    );
  const runWell = async (line: readonly string[]) => {
    const { code, err } = await run(line);
    if (code !== 0) throw new Error(`${line.join(' ')} ended with ${code}: ${err}`);
  };
  return {
    root,
    at,
    run,
    train,
    make: async () => {
      await writeClassFolders(at('data'));
      await writeFile(at('var-tokenizer.json'), JSON.stringify(tinyTokenizer));
      await writeFile(at('var.json'), JSON.stringify(tinyVar));
      await runWell(train('var-tokenizer', 'tokenizer'));
      await runWell(train('var', 'model', '--tokenizer', at('tokenizer')));
    },
    remove: () => rm(root, { recursive: true, force: true }),
    newestState: async (out) => {
      const store = openCheckpointStore(at(out, 'training', 'checkpoints'), { keep: 2 });
      return (await store.latest())?.files ?? new Map<string, Uint8Array>();
    },
  };
}
