import { tensor1d } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { CheckpointError } from '../errors.ts';
import { float32Tensor, toFloat32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import type { NamedParam } from '../params.ts';
import type { AdamW, AdamWState } from './adam-w.ts';

/** Everything that a training continues from. The place in the data and all draws follow from seed and step. */
export interface TrainState {
  /** Updates done. */
  readonly step: number;
  readonly seed: bigint;
  /** `weights.<path>`, `firstMoment.<path>`, `secondMoment.<path>` and `average.<path>`. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

const vectors = ['weights', 'firstMoment', 'secondMoment', 'average'] as const;

/** Reads the optimizer's vectors back, weight by weight. */
export async function writeTrainState(
  optimizer: AdamW,
  named: readonly NamedParam[],
  seed: bigint,
): Promise<TrainState> {
  const { steps } = optimizer;
  // The vectors are replaced by the next step: read them all before anything else runs.
  const values = await Promise.all(
    vectors.map((vector) => optimizer.state[vector].data<'float32'>()),
  );
  const tensors = new Map<string, HostTensor>();
  values.forEach((all, index) => {
    let offset = 0;
    for (const [path, { size, shape }] of named) {
      const part = Float32Array.from(all.subarray(offset, offset + size));
      tensors.set(`${vectors[index]}.${path}`, float32Tensor(part, shape));
      offset += size;
    }
  });
  return { step: steps, seed, tensors };
}

/**
 * Puts a saved state into an optimizer.
 *
 * @throws {CheckpointError} SHAPE naming the tensors that are missing or have another size.
 */
export function readTrainState(
  { step, tensors }: TrainState,
  optimizer: AdamW,
  named: readonly NamedParam[],
): void {
  const problems = vectors.flatMap((vector) =>
    named.flatMap(([path, tensor]) => problemOf(tensors, `${vector}.${path}`, tensor)),
  );
  if (problems.length > 0) {
    throw new CheckpointError(
      `resume: ${problems.length} tensors do not fit: ${problems.slice(0, 10).join('; ')}. Resume with the options that the checkpoint was made with.`,
      'SHAPE',
    );
  }
  const size = named.reduce((total, [, tensor]) => total + tensor.size, 0);
  const join = (vector: (typeof vectors)[number]) => {
    const values = new Float32Array(size);
    let offset = 0;
    for (const [path, tensor] of named) {
      // Present: checked above.
      values.set(toFloat32(tensors.get(`${vector}.${path}`) as HostTensor), offset);
      offset += tensor.size;
    }
    return tensor1d(values);
  };
  const state: AdamWState = {
    weights: join('weights'),
    firstMoment: join('firstMoment'),
    secondMoment: join('secondMoment'),
    average: join('average'),
  };
  optimizer.restore(state, step);
}

function problemOf(
  tensors: ReadonlyMap<string, HostTensor>,
  name: string,
  { shape }: Tensor,
): string[] {
  const found = tensors.get(name);
  if (found === undefined) return [`"${name}" is missing`];
  const fits =
    found.shape.length === shape.length && found.shape.every((side, axis) => side === shape[axis]);
  return fits
    ? []
    : [`"${name}" has shape [${found.shape.join(', ')}], expected [${shape.join(', ')}]`];
}
