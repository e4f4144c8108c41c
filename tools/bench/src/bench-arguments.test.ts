import { describe, expect, it } from 'vitest';
import { parseBenchArguments } from './bench-arguments.ts';

describe('parseBenchArguments', () => {
  it('measures with 2 threads, python3 and 3 rounds, 5 when quick', () => {
    expect(parseBenchArguments(['image'])).toEqual({
      benchmark: 'image',
      isQuick: false,
      python: 'python3',
      rounds: 3,
      threads: 2,
      isWritingDocs: false,
    });
    expect(parseBenchArguments(['image', '--quick']).rounds).toBe(5);
    expect(parseBenchArguments(['decoder', '--quick']).rounds).toBe(3);
  });

  it.each([
    [[], 'must be image, decoder, gpu or forecast'],
    [['video'], 'must be image'],
    [['image', 'more'], 'must be image'],
    [['image', '--rounds', '0'], '--rounds must be'],
    [
      ['gpu', '--formats', 'f16,bf16'],
      '--formats must name some of f32, f16, int8, int4, got "bf16"',
    ],
    [['image', '--x'], '--x'],
  ])('refuses %j', (args, message) => {
    expect(() => parseBenchArguments(args)).toThrow(message);
  });
});
