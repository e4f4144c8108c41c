import { describe, expect, it } from 'vitest';
import { Room } from './room.ts';

describe('Room', () => {
  it('gives the lowest gap that is large enough', () => {
    const room = new Room(100);
    const release = room.take({ begin: 128, end: 256 });
    room.take({ begin: 256, end: 300 });

    expect(room.lowest(1)).toBe(320);
    release();
    expect(room.lowest(128)).toBe(128);
    expect(room.lowest(129)).toBe(320);
  });

  it('does not rise while generations overlap, however many follow each other', () => {
    const room = new Room(0);
    let release = room.take({ begin: 0, end: 64 });
    for (let count = 0; count < 100; count++) {
      const begin = room.lowest(64);
      const next = room.take({ begin, end: begin + 64 });
      release();
      release = next;
    }

    expect(room.lowest(64)).toBeLessThanOrEqual(64);
  });
});
