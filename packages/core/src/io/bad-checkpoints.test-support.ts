import { zipSync } from 'fflate';
import type { BadFile } from './bad-safetensors.test-support.ts';
import {
  type Pickled,
  type TensorView,
  dictionary,
  global,
  pickle,
  pytorchFile,
  reduce,
  tensor,
  text,
  tuple,
} from './pytorch-file.test-support.ts';
import { writeSafetensors } from './write-safetensors.ts';

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A view of four float32 and the storage below it. */
export const float: TensorView = { key: '0', length: 4, shape: [4], strides: [1] };
export const stored: Readonly<Record<string, Float32Array>> = { 0: Float32Array.of(1, 2, 3, 4) };
const ofTensor = (view: TensorView): Pickled => dictionary([text('w'), tensor(view)]);
const good = (): Uint8Array => pytorchFile(ofTensor(float), stored);
/** A checkpoint whose pickle is these bytes. */
export const raw: (...code: readonly number[]) => Uint8Array = (...code) =>
  zipSync({ 'archive/data.pkl': Uint8Array.from(code) });

/** Table B of files that must be refused. */
export const badCheckpoints: readonly BadFile[] = [
  [
    'B1 a call of posix.system',
    () => pytorchFile(reduce(global('posix', 'system'), tuple(text('touch pwned')))),
    'UNSAFE',
    /posix\.system/,
  ],
  [
    'B1 a call of builtins.eval',
    () => pytorchFile(reduce(global('builtins', 'eval'), tuple(text('1')))),
    'UNSAFE',
    /builtins\.eval/,
  ],
  [
    'B2 an argparse.Namespace',
    () => pytorchFile(reduce(global('argparse', 'Namespace'), tuple())),
    'UNSAFE',
    /argparse\.Namespace.*torch\.save\(model\.state_dict/,
  ],
  [
    'B2 a numpy scalar',
    () => pytorchFile(global('numpy.core.multiarray', 'scalar')),
    'UNSAFE',
    /multiarray\.scalar.*state_dict/,
  ],
  [
    'B2 a whole module',
    () => pytorchFile(global('torch.nn.modules.linear', 'Linear')),
    'UNSAFE',
    /Linear.*state_dict/,
  ],
  [
    'B3 a pickle inside of the pickle',
    () => pytorchFile(global('torch.storage', '_load_from_bytes')),
    'UNSAFE',
    /_load_from_bytes/,
  ],
  [
    'B5 the second half missing',
    () => good().subarray(0, good().length / 2),
    'FORMAT',
    /incomplete/,
  ],
  [
    'B5 no data.pkl',
    () => zipSync({ 'archive/version': utf8('3') }),
    'FORMAT',
    /one data\.pkl, it holds 0/,
  ],
  [
    'B5 two data.pkl',
    () => zipSync({ 'a/data.pkl': pickle([0x4e]), 'b/data.pkl': pickle([0x4e]) }),
    'FORMAT',
    /it holds 2/,
  ],
  [
    'B6 a storage of 8 of 48 bytes',
    () =>
      pytorchFile(ofTensor({ ...float, length: 12, shape: [12] }), { 0: Float32Array.of(1, 2) }),
    'FORMAT',
    /tensor "w".* 8 of 48 bytes/,
  ],
  [
    'B6 a view past its storage',
    () => pytorchFile(ofTensor({ ...float, offset: 1 }), stored),
    'FORMAT',
    /tensor "w": its last element is number 4/,
  ],
  ['B6 a storage that is not there', () => pytorchFile(ofTensor(float)), 'FORMAT', /storage "0"/],
  [
    'B7 a billion elements over 4 bytes',
    () =>
      pytorchFile(
        ofTensor({ key: '0', length: 1, shape: [1000, 1000, 1000], strides: [0, 0, 0] }),
        { 0: Float32Array.of(1) },
      ),
    'LIMIT',
    /16 times/,
  ],
  [
    'B7 a negative stride',
    () => pytorchFile(ofTensor({ ...float, offset: 3, strides: [-1] }), stored),
    'FORMAT',
    /a tensor/,
  ],
  ['B10 POP on an empty stack', () => raw(0x80, 2, 0x30, 0x2e), 'FORMAT', /it is empty/],
  ['B10 STOP on an empty stack', () => raw(0x80, 2, 0x2e), 'FORMAT', /it is empty/],
  [
    'B10 BINGET of an index never stored',
    () => raw(0x80, 2, 0x68, 7, 0x2e),
    'FORMAT',
    /memo entry 7/,
  ],
  ['B10 STOP missing', () => raw(0x80, 2, 0x4e), 'FORMAT', /0 are left/],
  ['B10 a POP below the mark', () => raw(0x80, 2, 0x4e, 0x28, 0x30, 0x2e), 'FORMAT', /it is empty/],
  [
    'B10 a list that holds itself',
    () => raw(0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e),
    'LIMIT',
    /1000 deep/,
  ],
  [
    'B10 text longer than the file',
    () => raw(0x80, 2, 0x58, 0xff, 0xff, 0xff, 0x7f, 0x2e),
    'FORMAT',
    /2147483647 bytes must follow/,
  ],
  [
    'B10 an append to a tuple',
    () => raw(0x80, 2, 0x29, 0x4e, 0x61, 0x2e),
    'FORMAT',
    /appended to a list/,
  ],
  [
    'B11 TAR inside',
    () => Uint8Array.from({ length: 600 }, (_, i) => 'ustar'.charCodeAt(i - 257) || 0),
    'UNSUPPORTED',
    /TAR/,
  ],
  [
    'B11 HDF5 inside',
    () => Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
    'UNSUPPORTED',
    /HDF5/,
  ],
  [
    'B11 ONNX inside',
    () => Uint8Array.of(8, 7, 0x12, 7, ...utf8('pytorch')),
    'UNSUPPORTED',
    /ONNX/,
  ],
  [
    'B11 TorchScript inside',
    () => zipSync({ 'a/data.pkl': pickle([0x4e]), 'a/constants.pkl': pickle([0x4e]) }),
    'UNSUPPORTED',
    /TorchScript/,
  ],
  ['B11 text inside', () => utf8('<!doctype html><title>404</title>'), 'UNSUPPORTED', /plain text/],
  ['B11 safetensors inside', () => writeSafetensors([]), 'UNSUPPORTED', /safetensors/],
  ['B11 nothing inside', () => new Uint8Array(0), 'FORMAT', /0 bytes/],
];
