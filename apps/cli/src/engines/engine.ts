import { NextxError, OptionError } from '@nextx/core';
import { activateCpu, cpuStatus } from './cpu-engine.ts';
import {
  engineNames,
  type ActiveEngine,
  type EngineName,
  type EngineOptions,
  type EngineStatus,
  type StartedEngine,
} from './engine-name.ts';
import { activateNative, nativeStatus } from './native-engine.ts';
import { activateWasm, wasmStatus } from './wasm-engine.ts';

export { nativeRows } from './native-engine.ts';
export type { ActiveEngine, EngineName, EngineOptions, EngineStatus } from './engine-name.ts';

/** Starts one engine. */
type Activate = (options: EngineOptions) => Promise<StartedEngine>;

/** How each engine starts, by its name; a test passes others. */
export type EngineStarters = Readonly<Record<EngineName, Activate>>;

const starters: EngineStarters = {
  native: activateNative,
  webgpu: async () => {
    const { activateWebGpu } = await import('./webgpu-engine.ts');
    const { adapter } = await activateWebGpu();
    return { name: 'webgpu', version: adapter };
  },
  wasm: activateWasm,
  cpu: activateCpu,
};

/** What `auto` tries, in order. WebGPU is left out: a software adapter also answers, and is slower than wasm. */
const automatic: readonly EngineName[] = ['native', 'wasm', 'cpu'];

/**
 * Makes one engine compute for the whole process, with all gradients registered.
 *
 * @param name  An engine, or `auto`: native if installed, else wasm, else plain JavaScript. WebGPU only when named.
 * @returns Which one, its release, and why; where `auto` passed over an installed engine, `reason` says what stopped it.
 * @throws {OptionError} ARG if there is no such engine.
 * @throws {ResourceError | UnsupportedError} if a named engine cannot start; the message says what to do.
 */
export async function activateEngine(
  name: EngineName | 'auto' = 'auto',
  options: EngineOptions = {},
  start: EngineStarters = starters,
): Promise<ActiveEngine> {
  if (
    options.threads !== undefined &&
    !(Number.isInteger(options.threads) && options.threads > 0)
  ) {
    throw new OptionError(
      `engine: threads must be an integer of at least 1, got ${options.threads}.`,
    );
  }
  if (name !== 'auto') {
    if (!engineNames.includes(name)) {
      throw new OptionError(
        `engine: it must be one of auto, ${engineNames.join(', ')}, got "${String(name)}".`,
      );
    }
    return withReason(await start[name](options), ['asked for']);
  }
  return startFirst(options, start);
}

async function startFirst(options: EngineOptions, start: EngineStarters): Promise<ActiveEngine> {
  const passedOver: string[] = [];
  for (const name of automatic) {
    try {
      return withReason(await start[name](options), ['fastest available', ...passedOver]);
    } catch (error) {
      if (!(error instanceof NextxError)) throw error;
      const why =
        error.code === 'NOT_FOUND' ? 'not installed ("nextx native install")' : error.message;
      passedOver.push(`${name}: ${why}`);
      if (name === automatic.at(-1)) throw error;
    }
  }
  throw new OptionError('engine: at least one engine must be tried automatically.');
}

function withReason({ note, ...started }: StartedEngine, reasons: readonly string[]): ActiveEngine {
  return { ...started, reason: [...reasons, ...(note === undefined ? [] : [note])].join('; ') };
}

/** Whether each engine could start here, for `nextx doctor`. Starts none. */
export async function availableEngines(): Promise<EngineStatus[]> {
  const { webGpuStatus } = await import('./webgpu-engine.ts');
  return [
    await nativeStatus(),
    { name: 'webgpu', ...(await webGpuStatus()) },
    wasmStatus(),
    cpuStatus(),
  ];
}
