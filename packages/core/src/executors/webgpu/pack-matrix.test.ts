import { describe, expect, it } from 'vitest';
import { floatToHalf } from '../../io/half-float.ts';
import { formatFor, packMatrix } from './pack-matrix.ts';

describe('packMatrix', () => {
  it('lays out rows of outputs, padded to eight, with the bias beside them', () => {
    const matrix = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const source = { matrices: [matrix], inner: 4, outputs: 2, bias: Float32Array.of(9, 10) };

    const { weight, bias } = packMatrix('f32', source);

    const values = new Float32Array(weight.buffer);
    expect([...values.subarray(0, 12)]).toEqual([1, 3, 5, 7, 2, 4, 6, 8, 0, 0, 0, 0]);
    expect(values).toHaveLength(8 * 4);
    expect([...bias]).toEqual([9, 10, 0, 0, 0, 0, 0, 0]);
  });

  it('alternates fours of two matrices', () => {
    const matrices = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(-1, -2, -3, -4, -5)];

    const { weight } = packMatrix('f32', { matrices, inner: 1, outputs: 5 });

    const expected = [1, 2, 3, 4, -1, -2, -3, -4, 5, 0, 0, 0, -5, 0, 0, 0];
    expect([...new Float32Array(weight.buffer)]).toEqual(expected);
  });

  it('folds a norm: the scale into the weights, the shift into the bias', () => {
    const { weight, bias, sums } = packMatrix('f32', {
      matrices: [Float32Array.of(1, 2)],
      inner: 2,
      outputs: 1,
      scale: Float32Array.of(3, 4),
      shift: Float32Array.of(5, 6),
    });

    expect([...new Float32Array(weight.buffer, 0, 2)]).toEqual([3, 8]);
    expect([bias[0], sums[0]]).toEqual([17, 11]);
  });

  it('rounds to the nearest half, of any size', () => {
    const values = Float32Array.from({ length: 4096 }, (_, index) => {
      const size = 2 ** ((index % 44) - 26) * (1 + Math.imul(index, 2654435761) / 2 ** 33);
      return index % 2 === 0 ? size : -size;
    });

    const { weight } = packMatrix('f16', { matrices: [values], inner: 4096, outputs: 1 });

    const clamped = values.map((value) => Math.min(65504, Math.max(-65504, value)));
    expect(new Uint16Array(weight.buffer, 0, 4096)).toEqual(Uint16Array.from(clamped, floatToHalf));
  });
});

describe('formatFor', () => {
  it('takes the next larger format that fits the rows', () => {
    expect([96, 48, 24, 12].map((inner) => formatFor('int4', inner))).toEqual([
      'int4',
      'int8',
      'f16',
      'f32',
    ]);
  });
});
