import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NextxError } from '../errors.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';
import { type HostTensor, toFloat32 } from './host-tensor.ts';
import { openPyTorch } from './pytorch-checkpoint.ts';
import { dictionary, integer, pytorchFile, tensor, text } from './pytorch-file.test-support.ts';

const fixtures = new URL('../../../../fixtures/core/pytorch/', import.meta.url);
const fixture = async (name: string): Promise<ByteSource> =>
  bytesSource(new Uint8Array(await readFile(new URL(name, fixtures))), name);
const floats = ({ shape, ...rest }: HostTensor): unknown[] => [
  shape,
  [...toFloat32({ shape, ...rest })],
];
const ramp = Float32Array.from({ length: 12 }, (_, i) => i);

describe('openPyTorch on a file that PyTorch wrote', () => {
  it.each([
    ['model.weight', [3, 2], [0, 1, 2, 3, 4, 5]],
    ['model.bias', [3], [0.5, -0.5, 0.25]],
    ['transposed', [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['slice', [2, 2], [5, 6, 9, 10]],
    ['shared', [3, 4], [...ramp]],
    ['half', [3], [1, -2.5, 65_504]],
    ['bf16', [2], [1, 3.140625]],
    ['bool', [2], [1, 0]],
    ['scalar', [], [3.5]],
    ['empty', [0, 5], []],
    ['param', [1], [7]],
    ['expanded', [2, 3], [2, 2, 2, 2, 2, 2]],
    ['f8', [2], [1, 448]],
    ['u16', [1], [65_535]],
    ['list.1', [2], [4, 5]],
  ])('reads %s', async (name, shape, values) => {
    const checkpoint = await openPyTorch(await fixture('zip.pt'));

    expect(floats(await checkpoint.read(name))).toEqual([shape, values]);
  });

  it('keeps int64 exact', async () => {
    const checkpoint = await openPyTorch(await fixture('zip.pt'));

    expect((await checkpoint.read('i64')).data).toEqual(BigInt64Array.of(-1n, 2n ** 40n));
  });

  it('keeps what is not a tensor in the structure', async () => {
    const { structure } = await openPyTorch(await fixture('zip.pt'));

    const values = structure instanceof Map ? structure : new Map();
    expect(values.get('epoch')).toBe(3);
    expect(values.get('lr')).toBe(0.001);
    expect(values.get('name')).toBe('tiny');
    expect(values.get('none')).toBeNull();
    expect(values.get('big')).toBe(2n ** 70n);
    expect(values.get('size')).toEqual([2, 3]);
    expect(values.get('device')).toBe('cpu');
    expect(values.get('bytes')).toEqual(Uint8Array.of(0x61, 0x62));
  });

  it('refuses the format before PyTorch 1.6 with the remedy', async () => {
    await expect(openPyTorch(await fixture('legacy.pt'))).rejects.toThrow(
      /before version 1.6.*torch.save/,
    );
  });
});

describe('openPyTorch', () => {
  const file = (level: 0 | 9): Uint8Array =>
    pytorchFile(
      dictionary(
        [text('a'), tensor({ key: '0', length: 12, offset: 1, shape: [2, 2], strides: [4, 1] })],
        [
          text('nested'),
          dictionary([text('b'), tensor({ key: '1', length: 1, shape: [1], strides: [1] })]),
        ],
        [text('step'), integer(7)],
      ),
      { 0: ramp, 1: Float32Array.of(5) },
      level,
    );

  it.each([0, 9] as const)('reads stored and deflated members (level %i)', async (level) => {
    const checkpoint = await openPyTorch(bytesSource(file(level)));

    expect([...checkpoint.tensors.keys()]).toEqual(['a', 'nested.b']);
    expect(floats(await checkpoint.read('a'))).toEqual([
      [2, 2],
      [1, 2, 5, 6],
    ]);
    expect(floats(await checkpoint.read('nested.b'))).toEqual([[1], [5]]);
  });

  it('reads only the bytes of the asked tensor', async () => {
    const view = { key: '0', length: 1_000_000, offset: 10, shape: [2], strides: [1] };
    const bytes = pytorchFile(dictionary([text('a'), tensor(view)]), {
      0: new Float32Array(1_000_000).fill(3),
    });
    const inner = bytesSource(bytes);
    let readBytes = 0;
    const counting: ByteSource = {
      ...inner,
      read: (begin, end) => {
        readBytes += end - begin;
        return inner.read(begin, end);
      },
    };

    const checkpoint = await openPyTorch(counting);

    expect(floats(await checkpoint.read('a'))).toEqual([[2], [3, 3]]);
    // The search for the directory reads up to 64 KiB at the end of the file.
    expect(readBytes).toBeLessThan(70_000);
  });

  it('expands a view of stride 0 when asked', async () => {
    const view = { key: '0', length: 1, shape: [10, 10], strides: [0, 0] };
    const bytes = pytorchFile(dictionary([text('a'), tensor(view)]), { 0: Float32Array.of(2) });

    const checkpoint = await openPyTorch(bytesSource(bytes), { allowExpanded: true });

    expect((await checkpoint.read('a')).data).toEqual(new Float32Array(100).fill(2));
  });

  it('gives tensors or a NextxError for good files with changed bytes', async () => {
    const edits = fc.array(fc.tuple(fc.nat(file(0).length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 20,
    });

    await fc.assert(
      fc.asyncProperty(edits, fc.constantFrom<0 | 9>(0, 9), async (changes, level) => {
        const bytes = file(level);
        for (const [at, value] of changes) {
          bytes[at % bytes.length] = value;
        }
        await expectReadOrRefused(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('gives tensors or a NextxError for any pickle', async () => {
    const likely = fc.constantFrom(
      ...'(0122N]}ae}ustq\x00h\x00)\x85\x86\x87Rb\x81\x94Q.'.split('').map((c) => c.charCodeAt(0)),
    );
    const codes = fc.array(
      fc.oneof({ weight: 9, arbitrary: likely }, { weight: 1, arbitrary: fc.nat(255) }),
      { maxLength: 60 },
    );

    await fc.assert(
      fc.asyncProperty(codes, (code) => expectReadOrRefused(pytorchFile(code))),
      { numRuns: 300 },
    );
  });
});

async function expectReadOrRefused(bytes: Uint8Array): Promise<void> {
  expect(['read', 'refused']).toContain(await readOrRefuse(bytes));
}

async function readOrRefuse(bytes: Uint8Array): Promise<unknown> {
  try {
    const checkpoint = await openPyTorch(bytesSource(bytes));
    for (const [name, { shape }] of checkpoint.tensors) {
      const { length } = (await checkpoint.read(name)).data;
      if (length !== shape.reduce((product, size) => product * size, 1)) {
        return `${name} has ${length} values`;
      }
    }
    return 'read';
  } catch (error) {
    return error instanceof NextxError ? 'refused' : error;
  }
}
