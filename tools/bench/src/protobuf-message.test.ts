import { describe, expect, it } from 'vitest';
import { protobufMessage } from './protobuf-message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// The examples of protobuf.dev, "Encoding".
describe('protobufMessage', () => {
  it('writes field 1 with 150, and field 2 with "testing", as the manual prints them', () => {
    expect(hex(protobufMessage([[1, 150]]))).toBe('089601');
    expect(hex(protobufMessage([[2, 'testing']]))).toBe('120774657374696e67');
  });

  it('puts a message into field 3 as its bytes', () => {
    expect(hex(protobufMessage([[3, protobufMessage([[1, 150]])]]))).toBe('1a03089601');
  });

  it('writes -2 as the ten bytes of its 64-bit complement', () => {
    expect(hex(protobufMessage([[1, -2]]))).toBe('08feffffffffffffffff01');
  });

  it('writes a float as four bytes, the least significant first', () => {
    expect(hex(protobufMessage([[2, { float32: 1 }]]))).toBe('150000803f');
  });

  it('writes the number of a field above 15 in two bytes', () => {
    expect(hex(protobufMessage([[20, 1]]))).toBe('a00101');
  });
});
