import { OptionError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { imageGrid } from './grid.ts';
import type { Pixels } from './pixels.ts';

const dot = (value: number): Pixels => ({
  width: 1,
  height: 1,
  channels: 1,
  data: Uint8Array.of(value),
});

describe('imageGrid', () => {
  it('lays three pictures out in two rows with a white gap and a white rest', () => {
    const sheet = imageGrid([dot(1), dot(2), dot(3)], { columns: 2, gap: 1 });

    expect(sheet).toMatchObject({ width: 3, height: 3, channels: 1 });
    expect([...sheet.data]).toEqual([1, 255, 2, 255, 255, 255, 3, 255, 255]);
  });

  it('repeats pixels when enlarging', () => {
    expect([...imageGrid([dot(4)], { scale: 2 }).data]).toEqual([4, 4, 4, 4]);
  });

  it('is RGB as soon as one picture is', () => {
    const red: Pixels = { width: 1, height: 1, channels: 3, data: Uint8Array.of(9, 0, 0) };

    expect([...imageGrid([dot(5), red], { gap: 0 }).data]).toEqual([5, 5, 5, 9, 0, 0]);
  });

  it('refuses no pictures, other sizes and odd options', () => {
    const wide: Pixels = { width: 2, height: 1, channels: 1, data: new Uint8Array(2) };

    expect(() => imageGrid([])).toThrow(OptionError);
    expect(() => imageGrid([dot(1), wide])).toThrow(ShapeError);
    expect(() => imageGrid([dot(1)], { scale: 0 })).toThrow(OptionError);
  });
});
