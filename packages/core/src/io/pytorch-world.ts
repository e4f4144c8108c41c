import { CheckpointError, UnsupportedError } from '../errors.ts';
import type { DType } from './dtype.ts';
import type { PickleGlobal, PickleWorld } from './pickle-machine.ts';
import { type PyTorchStorage, type PyTorchTensor, isPyTorchTensor } from './pytorch-tensor.ts';

/**
 * The names that a PyTorch checkpoint may refer to, and what they make: plain values. Nothing else exists in this world.
 *
 * @param where  File, as a message should begin.
 */
export function pytorchWorld(where: string): PickleWorld {
  const calls = callables(where);
  return {
    global: (name) => {
      const call = calls.get(name);
      if (call !== undefined) {
        return { kind: 'global', name, call };
      }
      return storageTypes.has(name) || dtypeNames.has(name) ? { kind: 'global', name } : undefined;
    },
    persistent: (id) => readStorage(where, id),
  };
}

type Call = NonNullable<PickleGlobal['call']>;

const storageTypes: ReadonlyMap<string, DType | undefined> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
  ['torch.ComplexFloatStorage', 'C64'],
  ['torch.storage.UntypedStorage', undefined],
] as const);

const dtypeNames: ReadonlyMap<string, DType | undefined> = new Map([
  ['torch.float32', 'F32'],
  ['torch.float64', 'F64'],
  ['torch.float16', 'F16'],
  ['torch.bfloat16', 'BF16'],
  ['torch.int64', 'I64'],
  ['torch.int32', 'I32'],
  ['torch.int16', 'I16'],
  ['torch.int8', 'I8'],
  ['torch.uint64', 'U64'],
  ['torch.uint32', 'U32'],
  ['torch.uint16', 'U16'],
  ['torch.uint8', 'U8'],
  ['torch.bool', 'BOOL'],
  ['torch.complex64', 'C64'],
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
  ['torch.float8_e8m0fnu', 'F8_E8M0'],
] as const);

function callables(where: string): ReadonlyMap<string, Call> {
  const broken = (name: string): CheckpointError =>
    new CheckpointError(
      `${where}: ${name} must be called as torch.save writes it, it is not. The file is damaged: save it again.`,
    );
  return new Map<string, Call>([
    [
      'collections.OrderedDict',
      (parameters) => readDictionary(parameters) ?? fail(broken('OrderedDict')),
    ],
    ['collections.Counter', (parameters) => readDictionary(parameters) ?? fail(broken('Counter'))],
    [
      'torch.Size',
      ([sizes]) => (Array.isArray(sizes) ? Object.freeze([...sizes]) : fail(broken('torch.Size'))),
    ],
    ['torch.device', (parameters) => readDevice(parameters) ?? fail(broken('torch.device'))],
    [
      'torch._utils._rebuild_tensor_v2',
      (parameters) => rebuildTensor(where, parameters) ?? fail(broken('a tensor')),
    ],
    [
      'torch._utils._rebuild_tensor_v3',
      (parameters) => rebuildTensor(where, parameters, 6) ?? fail(broken('a tensor')),
    ],
    [
      'torch._utils._rebuild_parameter',
      ([data]) => (isPyTorchTensor(data) ? data : fail(broken('a parameter'))),
    ],
    [
      '_codecs.encode',
      ([text, coding]) => encodeLatin1(text, coding) ?? fail(broken('_codecs.encode')),
    ],
    ...['builtins', '__builtin__'].flatMap((module): [string, Call][] => [
      [
        `${module}.set`,
        ([items = []]) => (Array.isArray(items) ? new Set(items) : fail(broken('set'))),
      ],
      [
        `${module}.bytearray`,
        (parameters) => readByteArray(parameters) ?? fail(broken('bytearray')),
      ],
      [`${module}.complex`, ([real, imaginary]) => Object.freeze([real, imaginary])],
    ]),
  ]);
}

function fail(error: CheckpointError): never {
  throw error;
}

function readDictionary([content]: readonly unknown[]): Map<unknown, unknown> | undefined {
  if (content === undefined) {
    return new Map();
  }
  if (content instanceof Map) {
    return new Map(content);
  }
  if (!Array.isArray(content)) {
    return undefined;
  }
  const map = new Map<unknown, unknown>();
  for (const pair of content) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return undefined;
    }
    map.set(pair[0], pair[1]);
  }
  return map;
}

function readDevice([type, index]: readonly unknown[]): string | undefined {
  if (typeof type !== 'string') {
    return undefined;
  }
  return isSize(index) ? `${type}:${index}` : type;
}

function readByteArray([content, coding]: readonly unknown[]): Uint8Array | undefined {
  if (content === undefined) {
    return new Uint8Array(0);
  }
  return content instanceof Uint8Array ? content : encodeLatin1(content, coding);
}

/** Protocol 2 has no bytes: Python writes them as text to be encoded as latin1. */
function encodeLatin1(text: unknown, coding: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || (coding !== 'latin1' && coding !== 'latin-1')) {
    return undefined;
  }
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff) {
      return undefined;
    }
    bytes[i] = code;
  }
  return bytes;
}

/** `(storage, offset, size, stride, requires_grad, hooks[, metadata])`; v3 has the element type at position 6. */
function rebuildTensor(
  where: string,
  parameters: readonly unknown[],
  dtypeAt?: number,
): PyTorchTensor | undefined {
  const [storage, offset, shape, strides] = parameters;
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) {
    return undefined;
  }
  const dtype = dtypeAt === undefined ? storage.dtype : readDType(where, parameters[dtypeAt]);
  if (dtype === undefined || shape.length !== strides.length) {
    return undefined;
  }
  return Object.freeze({ kind: 'tensor', dtype, shape, storage, offset, strides });
}

function readDType(where: string, value: unknown): DType {
  const name = globalName(value);
  const dtype = name === undefined ? undefined : dtypeNames.get(name);
  if (dtype === undefined) {
    throw new UnsupportedError(
      `${where}: tensors of type ${name ?? 'unknown'} are not read. Save them as float32.`,
    );
  }
  return dtype;
}

/** `('storage', type, key, location, length)` */
function readStorage(where: string, id: unknown): PyTorchStorage {
  const [tag, type, key, , length] = Array.isArray(id) ? id : [];
  const name = globalName(type);
  if (tag !== 'storage' || name === undefined || typeof key !== 'string' || !isSize(length)) {
    throw new CheckpointError(
      `${where}: a storage must be named as torch.save does, it is not. The file is damaged: save it again.`,
    );
  }
  if (!storageTypes.has(name)) {
    throw new UnsupportedError(
      `${where}: storages of type ${name} are not read. Save the tensors as float32.`,
    );
  }
  return Object.freeze({ kind: 'storage', key, dtype: storageTypes.get(name), length });
}

function globalName(value: unknown): string | undefined {
  const isGlobal =
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
  return isGlobal && 'name' in value ? String(value.name) : undefined;
}

function isStorage(value: unknown): value is PyTorchStorage {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage';
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isSize);
}
