import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { bytesSource } from '../io/byte-source.ts';
import { toFloat32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { openSafetensors } from '../io/safetensors.ts';
import { fixtureFolder, hasFixture } from './fixture-path.ts';

/** How close an activation must come: `|x - y| <= float_abs + float_rel · |y|`. */
export interface FixtureTolerance {
  readonly float_abs: number;
  readonly float_rel: number;
  /** Whether `|y|` is the largest of the tensor. */
  readonly of_max?: boolean;
  /** Other tolerances by glob pattern on the tensor's name; the last match wins. */
  readonly overrides?: Readonly<Record<string, Partial<FixtureTolerance>>>;
}

/** Official weights, where there are any, and activations of a tiny model. */
export interface Fixture<Config> {
  readonly config: Config & { readonly tolerance: FixtureTolerance };
  /** Official weights whose names begin with `prefix`, without it. */
  weights(prefix: string): Map<string, HostTensor>;
  /** Inputs and outputs by name. */
  readonly io: ReadonlyMap<string, HostTensor>;
  /** The values of a stored tensor as float32. */
  values(name: string): Float32Array;
}

/** Reads a fixture's files from `NEXTX_FIXTURES`, or the copies inside the project. */
export async function loadFixture<Config>(
  modality: string,
  system: string,
): Promise<Fixture<Config>> {
  const folder = fixtureFolder(modality, system);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const hasWeights = hasFixture(modality, system, 'weights.safetensors');
  const weights = hasWeights
    ? await readTensors(join(folder, 'weights.safetensors'))
    : new Map<string, HostTensor>();
  const io = await readTensors(join(folder, 'io.safetensors'));
  const stored = (name: string): HostTensor => {
    const tensor = io.get(name);
    if (tensor === undefined) throw new Error(`fixture ${modality}/${system} has no "${name}"`);
    return tensor;
  };
  return {
    config,
    io,
    weights: (prefix) =>
      new Map(
        [...weights]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      ),
    values: (name) => toFloat32(stored(name)),
  };
}

/**
 * Largest excess of `|x - y|` over the fixture's tolerance; at most 0 passes. NaN never passes.
 *
 * @param name  Name of the stored tensor, for the overrides.
 */
export function excessOverTolerance(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: FixtureTolerance,
): number {
  if (actual.length !== expected.length) return Infinity;
  const settings = Object.entries(tolerance.overrides ?? {}).reduce(
    (found, [pattern, override]) =>
      globExpression(pattern).test(name) ? { ...found, ...override } : found,
    tolerance,
  );
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  let excess = -Infinity;
  for (let i = 0; i < expected.length; i++) {
    const scale = settings.of_max === true ? largest : Math.abs(expected[i]);
    const difference = Math.abs(actual[i] - expected[i]);
    const over = difference - settings.float_abs - settings.float_rel * scale;
    if (Number.isNaN(over)) return Infinity;
    excess = Math.max(excess, over);
  }
  return excess;
}

/** A tensor's values in PyTorch's order of axes, `[B, C, H, W]` of `[B, H, W, C]`. Frees the tensor. */
export async function channelsFirst(tensor: Tensor): Promise<Float32Array> {
  const transposed = transpose(tensor, [0, 3, 1, 2]);
  const values = await transposed.data<'float32'>();
  tensor.dispose();
  transposed.dispose();
  return values;
}

async function readTensors(path: string): Promise<Map<string, HostTensor>> {
  const file = await openSafetensors(bytesSource(new Uint8Array(await readFile(path)), path));
  return file.readAll();
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${escaped}$`);
}
