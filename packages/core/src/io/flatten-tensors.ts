import { CheckpointError } from '../errors.ts';
import { type PyTorchTensor, isPyTorchTensor } from './pytorch-tensor.ts';

const maxDepth = 1000;
const maxValues = 1_000_000;

/**
 * All tensors of nested dictionaries and lists, by their path joined with dots.
 *
 * @param where  File, as a message should begin.
 * @throws {CheckpointError} LIMIT for more than 1000 levels (or a cycle) or a million values; FORMAT when two tensors get one name.
 */
export function flattenTensors(where: string, structure: unknown): Map<string, PyTorchTensor> {
  const tensors = new Map<string, PyTorchTensor>();
  let values = 0;
  const visit = (value: unknown, path: string, depth: number): void => {
    values += 1;
    if (depth > maxDepth || values > maxValues) {
      throw new CheckpointError(
        `${where}: values may nest ${maxDepth} deep and be ${maxValues} in all, these are more. Save a plain state dict.`,
        'LIMIT',
      );
    }
    if (isPyTorchTensor(value)) {
      if (tensors.has(path)) {
        throw new CheckpointError(
          `${where}: tensor names must differ, two are called ${JSON.stringify(path)}. Rename one of the keys.`,
        );
      }
      tensors.set(path, value);
      return;
    }
    if (value instanceof Map || Array.isArray(value)) {
      let index = 0;
      for (const [key, item] of value.entries()) {
        // Keys of other kinds (tuples) have no text of their own.
        const text = typeof key === 'object' ? `(${index})` : String(key);
        visit(item, depth === 0 ? text : `${path}.${text}`, depth + 1);
        index += 1;
      }
    }
  };
  visit(structure, '', 0);
  return tensors;
}
