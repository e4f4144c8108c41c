import type { ErrorCode } from '../errors.ts';

/** A row of a table of bad files: what is wrong, its bytes, and what the reader must say. */
export type BadFile = readonly [
  name: string,
  bytes: () => Uint8Array,
  code: ErrorCode,
  message: RegExp,
];

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Length field, header, data of a safetensors file; the length may lie. */
export function safetensors(
  header: string | Uint8Array,
  dataBytes = 0,
  claimed?: bigint,
): Uint8Array {
  const json = typeof header === 'string' ? utf8(header) : header;
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

/** The header's entry of a float32 tensor. */
export const entry: (begin: number, end: number, shape?: string) => string = (
  begin,
  end,
  shape = `[${(end - begin) / 4}]`,
) => `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

/** Table A of files that must be refused. */
export const badSafetensors: readonly BadFile[] = [
  [
    'A1 no bytes',
    () => new Uint8Array(0),
    'FORMAT',
    /0 bytes, shorter than the 8-byte length field/,
  ],
  [
    'A1 7 bytes',
    () => new Uint8Array(7),
    'FORMAT',
    /7 bytes, shorter than the 8-byte length field/,
  ],
  [
    'A2 a length of 2^64 - 1',
    () => safetensors('{}', 0, 2n ** 64n - 1n),
    'LIMIT',
    /18446744073709551615/,
  ],
  [
    'A3 a length of one more than there is',
    () => safetensors('{}', 0, 3n),
    'FORMAT',
    /header runs past end of file/,
  ],
  [
    'A4 a name that is not UTF-8',
    () => safetensors(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
    'FORMAT',
    /byte 2 is not/,
  ],
  ['A5 an array as header', () => safetensors('[]'), 'FORMAT', /begin with "\{"/],
  ['A5 a string as header', () => safetensors('"x"'), 'FORMAT', /begin with "\{"/],
  ['A5 null as header', () => safetensors('null'), 'FORMAT', /begin with "\{"/],
  [
    'A7 two tensors over the same bytes',
    () => safetensors(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12),
    'FORMAT',
    /overlap, "b" .* inside of "a"/,
  ],
  [
    'A8 a gap between two tensors',
    () => safetensors(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12),
    'FORMAT',
    /hole from byte \d+ to \d+ between "a" and "b"/,
  ],
  ['A8 a gap before the first', () => safetensors(`{"a":${entry(4, 8)}}`, 8), 'FORMAT', /hole/],
  ['A8 bytes after the last', () => safetensors(`{"a":${entry(0, 4)}}`, 8), 'FORMAT', /hole/],
  [
    'A9 a file that was cut',
    () => safetensors(`{"a":${entry(0, 400)}}`, 390),
    'FORMAT',
    /looks incomplete.* 10 bytes are missing/,
  ],
  [
    'A10 a negative offset',
    () => safetensors(`{"a":${entry(-4, 0, '[1]')}}`),
    'FORMAT',
    /at least 0, got -4/,
  ],
  [
    'A10 a negative dimension',
    () => safetensors(`{"a":${entry(0, 4, '[-1]')}}`, 4),
    'FORMAT',
    /at least 0, got -1/,
  ],
  [
    'A11 a shape that is not its bytes',
    () => safetensors(`{"a":${entry(0, 8, '[3]')}}`, 8),
    'FORMAT',
    /takes 12 bytes, data_offsets hold 8/,
  ],
  [
    'A11 a shape whose product overflows',
    () => safetensors(`{"a":${entry(0, 8, '[4294967296,4294967296]')}}`, 8),
    'FORMAT',
    /no possible number/,
  ],
  [
    'A12 an unknown dtype',
    () => safetensors(`{"a":${entry(0, 4).replace('F32', 'F99')}}`, 4),
    'UNSUPPORTED',
    /one of U64, .*BOOL, got "F99"/,
  ],
  [
    'A12 a dtype in lower case',
    () => safetensors(`{"a":${entry(0, 4).replace('F32', 'f32')}}`, 4),
    'UNSUPPORTED',
    /got "f32"/,
  ],
  [
    'A14 a name that stands twice',
    () => safetensors(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, 8),
    'FORMAT',
    /"a" must stand once/,
  ],
  [
    'A16 a number in the metadata',
    () => safetensors('{"__metadata__":{"a":1}}'),
    'FORMAT',
    /"a" is number/,
  ],
  [
    'A16 an object in the metadata',
    () => safetensors('{"__metadata__":{"a":{}}}'),
    'FORMAT',
    /"a" is object/,
  ],
  [
    'A20 100 000 nested brackets',
    () => safetensors(`{"a":${'['.repeat(100_000)}`),
    'FORMAT',
    /deep/,
  ],
  [
    'A+ a number written as 2e0',
    () => safetensors(`{"a":${entry(0, 8, '[2e0]')}}`, 8),
    'FORMAT',
    /plain integers/,
  ],
  ['A+ an entry that is null', () => safetensors('{"a":null}'), 'FORMAT', /JSON object/],
  [
    'A+ an entry without a shape',
    () => safetensors('{"a":{"dtype":"F32","data_offsets":[0,0]}}'),
    'FORMAT',
    /shape/,
  ],
  ['A+ an empty header', () => safetensors(''), 'FORMAT', /JSON object/],
];
