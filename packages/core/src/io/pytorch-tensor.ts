import { CheckpointError } from '../errors.ts';
import { type DType, byteLengthOf } from './dtype.ts';
import { type HostTensor, type TensorInfo, hostTensor } from './host-tensor.ts';

/** A storage as a pickle names it: the member `data/<key>` of the zip file. */
export interface PyTorchStorage {
  readonly kind: 'storage';
  readonly key: string;
  /** `undefined` for a storage of bytes without a type. */
  readonly dtype: DType | undefined;
  /** Elements, or bytes when untyped. */
  readonly length: number;
}

/** A tensor as a pickle describes it: a view of a storage. Offset and strides count elements. */
export interface PyTorchTensor extends TensorInfo {
  readonly kind: 'tensor';
  readonly storage: PyTorchStorage;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Whether a value of a checkpoint's structure is a tensor. */
export function isPyTorchTensor(value: unknown): value is PyTorchTensor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
}

/** A view may claim this many times as many elements as its storage has, unless asked. */
const maxExpansion = 16;

/**
 * Checks that a view lies inside of its storage, and the storage inside of its member.
 *
 * @param memberBytes  Real size of the storage's member in bytes.
 * @param isExpandable  Whether a view may claim any number of times its storage.
 * @throws {CheckpointError} FORMAT naming what is too short; LIMIT for a view that is far larger than its storage.
 */
export function assertTensorFits(
  where: string,
  tensor: PyTorchTensor,
  memberBytes: number,
  isExpandable: boolean,
): void {
  const { dtype, shape, strides, offset, storage } = tensor;
  const itemBytes = byteLengthOf(dtype, [1]) ?? 1;
  const storageBytes = storage.length * (storage.dtype === undefined ? 1 : itemBytes);
  if (memberBytes < storageBytes) {
    throw new CheckpointError(
      `${where}: its storage ${JSON.stringify(storage.key)} has ${memberBytes} of ${storageBytes} bytes. Download the file again.`,
    );
  }
  const length = Math.floor(storageBytes / itemBytes);
  if (shape.includes(0)) {
    return;
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (!(last < length)) {
    throw new CheckpointError(
      `${where}: its last element is number ${last}, its storage has ${length} elements. The file is damaged: save it again.`,
    );
  }
  const bytes = byteLengthOf(dtype, shape);
  if (bytes === undefined || (!isExpandable && bytes / itemBytes > length * maxExpansion)) {
    throw new CheckpointError(
      `${where}: shape [${shape.join(', ')}] is more than ${maxExpansion} times its storage of ${length} elements. ` +
        `Save it with .contiguous(), or open the file with allowExpanded.`,
      'LIMIT',
    );
  }
}

/** Elements of the storage that a view touches: from the first to the last, `[begin, end)`. */
export function elementRange({
  shape,
  strides,
  offset,
}: PyTorchTensor): readonly [begin: number, end: number] {
  if (shape.includes(0)) {
    return [0, 0];
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  return [offset, last + 1];
}

/**
 * The tensor from the bytes of `elementRange`, copied into row-major order where its strides differ.
 */
export function gatherTensor(where: string, tensor: PyTorchTensor, bytes: Uint8Array): HostTensor {
  const { dtype, shape, strides } = tensor;
  if (isRowMajor(shape, strides)) {
    return hostTensor(where, { dtype, shape }, bytes);
  }
  const itemBytes = byteLengthOf(dtype, [1]) ?? 1;
  return hostTensor(where, { dtype, shape }, gather(bytes, tensor, itemBytes));
}

function gather(
  source: Uint8Array,
  { shape, strides }: PyTorchTensor,
  itemBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(shape.reduce((product, size) => product * size, itemBytes));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.byteLength; to += itemBytes) {
    for (let i = 0; i < itemBytes; i += 1) {
      bytes[to + i] = source[from * itemBytes + i];
    }
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      from += strides[axis];
      if (index[axis] < shape[axis]) {
        break;
      }
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return bytes;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== expected) {
      return shape.includes(0);
    }
    expected *= shape[axis];
  }
  return true;
}
