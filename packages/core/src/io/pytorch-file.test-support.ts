import { zipSync } from 'fflate';

/** Pieces of a pickle of protocol 2, for tests: each function gives the bytes that push one value. */
export type Pickled = readonly number[];

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const uint32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

export function text(value: string): Pickled {
  const bytes = ascii(value);
  return [0x58, ...uint32(bytes.length), ...bytes];
}

export function integer(value: number): Pickled {
  return [0x4a, ...uint32(value)];
}

export function tuple(...items: readonly Pickled[]): Pickled {
  return [0x28, ...items.flat(), 0x74];
}

export function dictionary(...pairs: readonly (readonly [Pickled, Pickled])[]): Pickled {
  return [0x7d, 0x28, ...pairs.flat(2), 0x75];
}

export function global(module: string, name: string): Pickled {
  return [0x63, ...ascii(`${module}\n${name}\n`)];
}

export function reduce(target: Pickled, parameters: Pickled): Pickled {
  return [...target, ...parameters, 0x52];
}

/** A view of a float32 storage. */
export interface TensorView {
  readonly key: string;
  readonly length: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export function tensor({ key, length, offset = 0, shape, strides }: TensorView): Pickled {
  const type = global('torch', 'FloatStorage');
  const id = tuple(text('storage'), type, text(key), text('cpu'), integer(length));
  const storage = [...id, 0x51];
  const hooks = reduce(global('collections', 'OrderedDict'), tuple());
  const parts = [
    storage,
    integer(offset),
    tuple(...shape.map(integer)),
    tuple(...strides.map(integer)),
    [0x89],
    hooks,
  ];
  return reduce(global('torch._utils', '_rebuild_tensor_v2'), tuple(...parts));
}

/** The bytes of a whole pickle of one value. */
export function pickle(value: Pickled): Uint8Array {
  return Uint8Array.from([0x80, 2, ...value, 0x2e]);
}

/** A checkpoint as `torch.save` lays it out. */
export function pytorchFile(
  value: Pickled,
  storages: Readonly<Record<string, Float32Array>> = {},
  level: 0 | 9 = 0,
): Uint8Array {
  const members = Object.entries(storages).map(([key, data]): [string, Uint8Array] => [
    `archive/data/${key}`,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  const files = Object.fromEntries([['archive/data.pkl', pickle(value)], ...members]);
  return zipSync(files, { level });
}
