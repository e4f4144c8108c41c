import { CheckpointError } from '../errors.ts';
import type { TensorInfo } from './host-tensor.ts';

const maxListed = 10;

/**
 * Checks that a file has the tensors that a model asks for, no others, in the shapes it asks for.
 *
 * @param expected  Shapes by name.
 * @param where  The model or file, as a message should begin.
 * @throws {CheckpointError} SHAPE listing everything that is missing, unexpected or misshapen (ten of each, and how many).
 */
export function assertTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  weights: { readonly tensors: ReadonlyMap<string, TensorInfo> },
  where: string,
): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    const tensor = weights.tensors.get(name);
    if (tensor === undefined) {
      missing.push(`${JSON.stringify(name)} [${shape.join(', ')}]`);
    } else if (!isSameShape(tensor.shape, shape)) {
      misshapen.push(
        `${JSON.stringify(name)} must be [${shape.join(', ')}], is [${tensor.shape.join(', ')}]`,
      );
    }
  }
  const unexpected = [...weights.tensors.keys()].filter((name) => !expected.has(name));
  const problems = [
    ...describe('missing', missing),
    ...describe('misshapen', misshapen),
    ...describe(
      'unexpected',
      unexpected.map((name) => JSON.stringify(name)),
    ),
  ];
  if (problems.length > 0) {
    throw new CheckpointError(
      `${where}: the weights must be those of the config: ${problems.join('; ')}. ` +
        `Use the config.json that belongs to these weights.`,
      'SHAPE',
    );
  }
}

function describe(kind: string, items: readonly string[]): string[] {
  if (items.length === 0) {
    return [];
  }
  const more = items.length > maxListed ? ', ...' : '';
  return [`${items.length} ${kind}: ${items.slice(0, maxListed).join(', ')}${more}`];
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
