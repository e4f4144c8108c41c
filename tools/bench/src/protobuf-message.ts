/** A field of a message: bytes for bytes, strings, and messages; a bigint or a whole number for integers; floats apart. */
export type ProtobufField =
  | readonly [number: number, value: string | Uint8Array | number | bigint]
  | readonly [number: number, value: { readonly float32: number }];

/** Wire types of Protocol Buffers' encoding. */
const varintType = 0;
const bytesType = 2;
const fixed32Type = 5;

/**
 * A message in the wire format of Protocol Buffers (protobuf.dev, "Encoding"): its fields one after another. An
 * embedded message is given as its bytes, a repeated field once for each of its values.
 *
 * @returns The bytes, owned by the caller.
 */
export function protobufMessage(fields: readonly ProtobufField[]): Uint8Array {
  return Buffer.concat(fields.flatMap(([number, value]) => fieldBytes(number, value)));
}

function fieldBytes(number: number, value: ProtobufField[1]): Uint8Array[] {
  const tag = (type: number): Uint8Array => varint(BigInt((number << 3) | type));
  if (typeof value === 'number' || typeof value === 'bigint') {
    return [tag(varintType), varint(BigInt(value))];
  }
  if (typeof value === 'object' && 'float32' in value) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value.float32);
    return [tag(fixed32Type), bytes];
  }
  const bytes = Buffer.from(value);
  return [tag(bytesType), varint(BigInt(bytes.length)), bytes];
}

/** Seven bits a byte, the least significant first; negative numbers as their 64-bit complement. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}
