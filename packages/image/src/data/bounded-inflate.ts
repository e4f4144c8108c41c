import { DataError } from '@nextx/core';
import { Gunzip, Unzlib } from 'fflate';

const inputStep = 16_384;

/**
 * Inflates gzip or zlib data, but never more than a given number of bytes: a small file cannot fill the memory.
 *
 * @param where  Name of the caller, which begins every message.
 * @returns The inflated bytes, at most `maxBytes` of them.
 * @throws {DataError} LIMIT if more than `maxBytes` come out; FORMAT if the data is cut or not valid.
 */
export function boundedInflate(
  where: string,
  bytes: Uint8Array,
  { kind, maxBytes }: { readonly kind: 'gzip' | 'zlib'; readonly maxBytes: number },
): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  let ended = false;
  const collect = (part: Uint8Array, final: boolean): void => {
    total += part.length;
    parts.push(part);
    ended ||= final;
  };
  const stream = kind === 'gzip' ? new Gunzip(collect) : new Unzlib(collect);
  for (let at = 0; at < bytes.length && total <= maxBytes; at += inputStep) {
    const end = Math.min(at + inputStep, bytes.length);
    pushStep(where, stream, { chunk: bytes.subarray(at, end), final: end === bytes.length });
  }
  if (total > maxBytes) {
    throw new DataError(
      `${where}: the ${kind} data must inflate to at most ${maxBytes} bytes, it gives more. ` +
        `The file is damaged or made to fill the memory.`,
      'LIMIT',
    );
  }
  if (!ended) {
    throw new DataError(
      `${where}: the ${kind} data ends early, after ${total} bytes. Download the file again.`,
    );
  }
  return joined(parts, total);
}

function pushStep(
  where: string,
  stream: Gunzip | Unzlib,
  { chunk, final }: { readonly chunk: Uint8Array; readonly final: boolean },
): void {
  try {
    stream.push(chunk, final);
  } catch (cause) {
    throw new DataError(
      `${where}: the compressed data must be whole, it cannot be inflated. Download the file again.`,
      'FORMAT',
      cause,
    );
  }
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
