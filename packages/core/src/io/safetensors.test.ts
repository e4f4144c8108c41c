import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NextxError } from '../errors.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';
import { type HostTensor, float16Tensor, float32Tensor, toFloat32 } from './host-tensor.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** A file made by hand: length field, JSON, data. */
function fileOf(json: string, data: readonly number[]): Uint8Array {
  const header = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + header.length + data.length);
  new DataView(file.buffer).setUint32(0, header.length, true);
  file.set(header, 8);
  file.set(data, 8 + header.length);
  return file;
}

const oneAndTwo = [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];

describe('openSafetensors', () => {
  it('reads a file written by hand', async () => {
    const json = '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';

    const file = await openSafetensors(bytesSource(fileOf(json, oneAndTwo)));

    expect(file.metadata.get('a')).toBe('b');
    expect(file.names).toEqual(['x']);
    expect(await file.read('x')).toEqual({
      dtype: 'F32',
      shape: [2],
      data: Float32Array.of(1, 2),
    });
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'reads the same values with %i spaces after the header',
    async (spaces) => {
      const json = `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}${' '.repeat(spaces)}`;

      const file = await openSafetensors(bytesSource(fileOf(json, oneAndTwo)));

      expect((await file.read('x')).data).toEqual(Float32Array.of(1, 2));
      expect((await file.readAll()).get('x')?.data).toEqual(Float32Array.of(1, 2));
    },
  );

  it('reads the header and the asked tensor only', async () => {
    const bytes = writeSafetensors([
      ['big', float32Tensor(new Float32Array(100_000), [100_000])],
      ['small', float32Tensor(Float32Array.of(7), [1])],
    ]);
    let readBytes = 0;
    const inner = bytesSource(bytes);
    const counting: ByteSource = {
      ...inner,
      read: (begin, end) => {
        readBytes += end - begin;
        return inner.read(begin, end);
      },
    };

    const file = await openSafetensors(counting);
    const small = await file.read('small');

    expect(small.data).toEqual(Float32Array.of(7));
    expect(readBytes).toBeLessThan(300);
  });

  it('refuses a name that the file lacks', async () => {
    const file = await openSafetensors(bytesSource(writeSafetensors([])));

    await expect(file.read('y')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('gives a checked value or a NextxError for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expectReadOrRefused(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('gives a checked value or a NextxError for good files with changed, cut or inserted bytes', async () => {
    const good = writeSafetensors(
      [
        ['a', float32Tensor(Float32Array.of(1, 2, 3, 4), [2, 2])],
        ['b', float16Tensor(Float32Array.of(1, 2), [2])],
      ],
      { made: 'by test' },
    );
    const edit = fc.tuple(
      fc.nat(good.length - 1),
      fc.nat(255),
      fc.constantFrom('set', 'insert', 'cut'),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 20 }), async (edits) => {
        let bytes = [...good];
        for (const [at, value, kind] of edits) {
          if (kind === 'cut') {
            bytes = bytes.filter((_, index) => index < at || index > at + (value % 8));
          } else {
            bytes.splice(at, kind === 'set' ? 1 : 0, value);
          }
        }
        await expectReadOrRefused(Uint8Array.from(bytes));
      }),
      { numRuns: 300 },
    );
  });
});

async function expectReadOrRefused(bytes: Uint8Array): Promise<void> {
  expect(['read', 'refused']).toContain(await readOrRefuse(bytes));
}

async function readOrRefuse(bytes: Uint8Array): Promise<unknown> {
  try {
    const file = await openSafetensors(bytesSource(bytes));
    const all = await file.readAll();
    for (const [name, { begin, end }] of file.tensors) {
      if (all.get(name)?.data.byteLength !== end - begin) {
        return `${name} has not its ${end - begin} bytes`;
      }
    }
    return 'read';
  } catch (error) {
    return error instanceof NextxError ? 'refused' : error;
  }
}

describe('writeSafetensors', () => {
  it('orders by type then name and pads the header to a multiple of 8', () => {
    const bytes = writeSafetensors([
      ['b', float32Tensor(Float32Array.of(2), [1])],
      ['h', float16Tensor(Float32Array.of(1), [1])],
      ['a', float32Tensor(Float32Array.of(1), [])],
    ]);

    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(length % 8).toBe(0);
    expect(header.trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' +
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},' +
        '"h":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}}',
    );
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0x3c]);
  });

  it('sorts names by code points, not by UTF-16 units', async () => {
    const one = (): HostTensor => float32Tensor(Float32Array.of(1), [1]);
    const bytes = writeSafetensors([
      ['😀', one()],
      ['\uffee', one()],
    ]);

    expect((await openSafetensors(bytesSource(bytes))).names).toEqual(['\uffee', '😀']);
  });

  it.each([
    ['a name that stands twice', ['a', 'a']],
    ['the name of the metadata', ['__metadata__']],
    ['half of a surrogate pair', ['\ud800']],
  ])('refuses %s', (_, names) => {
    const tensors = names.map((name) => [name, float32Tensor(Float32Array.of(1), [1])] as const);

    expect(() => writeSafetensors(tensors)).toThrow(expect.objectContaining({ code: 'ARG' }));
  });

  it('refuses data that does not fill its shape', () => {
    const act = () => writeSafetensors([['a', float32Tensor(Float32Array.of(1), [2])]]);

    expect(act).toThrow(expect.objectContaining({ code: 'SHAPE' }));
  });

  it('is read back as written, for names in all scripts, scalars and empty tensors', async () => {
    const shape = fc.array(fc.nat(3), { maxLength: 3 });
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    const tensor = shape.map((sizes) => {
      const size = sizes.reduce((product, side) => product * side, 1);
      return float32Tensor(
        Float32Array.from({ length: size }, (_, i) => i - 0.5),
        sizes,
      );
    });

    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, tensor), async (tensors) => {
        const bytes = writeSafetensors(Object.entries(tensors));
        const all = await (await openSafetensors(bytesSource(bytes))).readAll();
        expect(all.size).toBe(Object.keys(tensors).length);
        for (const [key, expected] of Object.entries(tensors)) {
          expect(all.get(key)).toEqual(expected);
        }
        expect(writeSafetensors(all)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('stores float32 as F16 and reads it back rounded to nearest even', async () => {
    const bytes = writeSafetensors([
      ['w', float16Tensor(Float32Array.of(0.1, 2049, -65_504), [3])],
    ]);

    const tensor = await (await openSafetensors(bytesSource(bytes))).read('w');

    expect([...toFloat32(tensor)]).toEqual([0.0999755859375, 2048, -65_504]);
  });
});
