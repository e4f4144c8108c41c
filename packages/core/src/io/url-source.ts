import { ResourceError } from '../errors.ts';
import { type ByteSource, assertReadRange, bytesSource } from './byte-source.ts';

/** Settings of `urlSource`. */
export interface UrlSourceOptions {
  /** Ends every request of the source; reads then reject with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The first request asks for this many bytes, so that small files and most headers need no second one. */
const firstBytes = 65_536;

/**
 * A source over an HTTP(S) address, read by range requests; when the server knows no ranges, the file is downloaded once.
 *
 * @throws {ResourceError} NOT_FOUND on 404 and 410; IO when the server cannot be reached, answers with another error, or the
 * file changes between two reads (its ETag differs).
 */
export async function urlSource(
  url: string | URL,
  { signal }: UrlSourceOptions = {},
): Promise<ByteSource> {
  const address = String(url);
  const response = await request(address, signal, [0, firstBytes]);
  if (response.status === 416 && contentRange(response)?.size === 0) {
    await response.body?.cancel();
    return bytesSource(new Uint8Array(0), address);
  }
  if (response.status === 200) {
    return bytesSource(await body(address, response, signal), address);
  }
  assertFound(address, response);
  const size = contentRange(response)?.size;
  const head = await body(address, response, signal);
  if (size === undefined || head.byteLength !== Math.min(firstBytes, size)) {
    return wholeDownload(address, signal);
  }
  return rangeSource({ address, size, head, etag: response.headers.get('etag') }, signal);
}

interface KnownFile {
  readonly address: string;
  readonly size: number;
  /** Its first bytes. */
  readonly head: Uint8Array;
  readonly etag: string | null;
}

function rangeSource(file: KnownFile, signal: AbortSignal | undefined): ByteSource {
  const { address, size, head, etag } = file;
  return {
    name: address,
    size,
    read: async (begin, end) => {
      assertReadRange(address, size, begin, end);
      if (end <= head.byteLength) {
        return head.subarray(begin, end);
      }
      if (begin === end) {
        return new Uint8Array(0);
      }
      const response = await request(address, signal, [begin, end]);
      const range = contentRange(response);
      const isSame = response.headers.get('etag') === etag && range?.size === size;
      if (response.status !== 206 || range?.begin !== begin || !isSame) {
        await response.body?.cancel();
        throw new ResourceError(
          `${address}: bytes ${begin} to ${end} must come as opened, but the server answered ${response.status} ` +
            `and the file seems to have changed. Load it again.`,
          'IO',
        );
      }
      const bytes = await body(address, response, signal);
      if (bytes.byteLength !== end - begin) {
        throw new ResourceError(
          `${address}: ${end - begin} bytes were asked for, ${bytes.byteLength} came. Load it again.`,
          'IO',
        );
      }
      return bytes;
    },
  };
}

async function wholeDownload(
  address: string,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  const response = await request(address, signal);
  assertFound(address, response);
  return bytesSource(await body(address, response, signal), address);
}

async function request(
  address: string,
  signal: AbortSignal | undefined,
  range?: readonly [begin: number, end: number],
): Promise<Response> {
  const headers: Record<string, string> =
    range === undefined ? {} : { range: `bytes=${range[0]}-${range[1] - 1}` };
  try {
    return await fetch(address, signal === undefined ? { headers } : { headers, signal });
  } catch (cause) {
    throw readFailure(address, signal, cause);
  }
}

async function body(
  address: string,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw readFailure(address, signal, cause);
  }
}

function readFailure(address: string, signal: AbortSignal | undefined, cause: unknown): unknown {
  if (signal?.aborted === true) {
    return signal.reason;
  }
  return new ResourceError(
    `${address}: must be reachable, but the request failed (${String(cause)}). Check the address and the network.`,
    'IO',
    cause,
  );
}

function assertFound(address: string, response: Response): void {
  if (response.ok) {
    return;
  }
  const isMissing = response.status === 404 || response.status === 410;
  throw new ResourceError(
    `${address}: must exist, but the server answered ${response.status} ${response.statusText}. Check the address.`,
    isMissing ? 'NOT_FOUND' : 'IO',
  );
}

function contentRange(
  response: Response,
): { readonly begin?: number; readonly size: number } | undefined {
  const header = response.headers.get('content-range') ?? '';
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(header);
  if (match === null) {
    return undefined;
  }
  const size = Number(match[2]);
  return match[1] === undefined ? { size } : { begin: Number(match[1]), size };
}
