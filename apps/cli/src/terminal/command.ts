import type { ArgsDef } from 'citty';
import type { World } from './world.ts';

/** Arguments as the command line gave them, checked against the command's list. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One command: what it takes, and what it does. Its file imports nothing heavy before `run`. */
export interface Command {
  /** One sentence for the list of commands. */
  readonly description: string;
  /** More, for the command's own help. */
  readonly details?: string;
  /** Options and positional arguments, by their names on the command line (kebab-case). */
  readonly args: ArgsDef;
  /** Commands to copy, with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** @throws what goes wrong; the caller turns it into a message and an exit code. */
  readonly run: (args: Arguments, world: World) => Promise<void>;
}

/** Options that every command has. */
export const commonArgs: ArgsDef = {
  help: { type: 'boolean', alias: 'h', description: 'Show this help.' },
  verbose: { type: 'boolean', description: 'Show where an error came from.' },
  json: {
    type: 'boolean',
    description: 'Write lines of JSON to standard output, words elsewhere.',
  },
};

/** Options of commands that compute. */
export const engineArgs: ArgsDef = {
  engine: {
    type: 'string',
    valueHint: 'NAME',
    default: 'auto',
    description: 'What computes: auto, native, webgpu, wasm or cpu.',
  },
  threads: {
    type: 'string',
    valueHint: 'N',
    description: 'Threads of the native engine and the cpu executor.',
  },
};

/** Options of commands that decode tokens. */
export const executorArgs: ArgsDef = {
  executor: {
    type: 'string',
    valueHint: 'NAME',
    default: 'auto',
    description:
      'What decodes: auto, reference (operations of the engine), cpu or webgpu (fused kernels).',
  },
  format: {
    type: 'string',
    valueHint: 'NAME',
    default: 'f32',
    description: 'Weights of the fused executors: f32, bf16 (cpu), f16 (webgpu), int8 or int4.',
  },
};
