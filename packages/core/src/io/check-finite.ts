import { CheckpointError } from '../errors.ts';
import { type HostTensor, type TensorReader, toFloat32 } from './host-tensor.ts';

/** A tensor with values that are no numbers. */
export interface NonFiniteTensor {
  readonly name: string;
  readonly nanCount: number;
  readonly infinityCount: number;
}

/**
 * Reads tensors one by one and lists those that hold NaN or infinity.
 *
 * @param names  Which to read; all, unless given. Leave out buffers that the model ignores.
 */
export async function findNonFinite(
  weights: TensorReader,
  names: Iterable<string> = weights.tensors.keys(),
): Promise<NonFiniteTensor[]> {
  const found: NonFiniteTensor[] = [];
  for (const name of names) {
    const { nanCount, infinityCount } = count(await weights.read(name));
    if (nanCount + infinityCount > 0) {
      found.push({ name, nanCount, infinityCount });
    }
  }
  return found;
}

/**
 * Refuses weights that hold NaN or infinity.
 *
 * @param names  Which to read; all, unless given.
 * @throws {CheckpointError} BAD_WEIGHTS naming the tensors and counts.
 */
export async function checkFinite(
  where: string,
  weights: TensorReader,
  names?: Iterable<string>,
): Promise<void> {
  const found = await findNonFinite(weights, names);
  if (found.length > 0) {
    const shown = found
      .slice(0, 10)
      .map(
        ({ name, nanCount, infinityCount }) =>
          `${JSON.stringify(name)} (${nanCount} NaN, ${infinityCount} infinite)`,
      );
    throw new CheckpointError(
      `${where}: weights must be finite, ${found.length} tensors are not: ${shown.join(', ')}. ` +
        `Go back to an earlier checkpoint, or train with a smaller learning rate.`,
      'BAD_WEIGHTS',
    );
  }
}

function count(tensor: HostTensor): { nanCount: number; infinityCount: number } {
  let nanCount = 0;
  let infinityCount = 0;
  for (const value of floats(tensor)) {
    if (Number.isNaN(value)) {
      nanCount += 1;
    } else if (!Number.isFinite(value)) {
      infinityCount += 1;
    }
  }
  return { nanCount, infinityCount };
}

function floats({ dtype, shape, data }: HostTensor): Float32Array | Float64Array {
  if (data instanceof Float32Array || data instanceof Float64Array) {
    return data;
  }
  const isFloat =
    dtype === 'F16' || dtype === 'BF16' || dtype.startsWith('F8_E4') || dtype.startsWith('F8_E5');
  return isFloat ? toFloat32({ dtype, shape, data }) : new Float32Array(0);
}
