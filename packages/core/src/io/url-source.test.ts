import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { urlSource } from './url-source.ts';

const content = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on this machine that counts its requests. */
async function serve(answer: Answer): Promise<{ url: string; count: () => number }> {
  let count = 0;
  server = createServer((request, response) => {
    count += 1;
    answer(request, response, count);
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/model.safetensors`, count: () => count };
}

function sendRange(request: IncomingMessage, response: ServerResponse, etag = '"1"'): void {
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const begin = Number(first);
  const end = Math.min(content.length, Number(last) + 1);
  response.writeHead(206, { 'content-range': `bytes ${begin}-${end - 1}/${content.length}`, etag });
  response.end(content.subarray(begin, end));
}

describe('urlSource', () => {
  it('reads ranges, and what lies at the beginning without a further request', async () => {
    const { url, count } = await serve((request, response) => sendRange(request, response));

    const source = await urlSource(url);

    expect(source.size).toBe(200_000);
    expect(await source.read(0, 1000)).toEqual(content.subarray(0, 1000));
    expect(count()).toBe(1);
    expect(await source.read(100_000, 100_010)).toEqual(content.subarray(100_000, 100_010));
    expect(count()).toBe(2);
  });

  it('downloads once from a server that knows no ranges', async () => {
    const { url, count } = await serve((_, response) => response.end(content));

    const source = await urlSource(url);

    expect(await source.read(150_000, 200_000)).toEqual(content.subarray(150_000));
    expect(count()).toBe(1);
  });

  it('refuses bytes of a file that changed meanwhile', async () => {
    const { url } = await serve((request, response, count) =>
      sendRange(request, response, `"${count}"`),
    );

    const source = await urlSource(url);

    await expect(source.read(100_000, 100_010)).rejects.toThrow(/seems to have changed/);
  });

  it('reports what is not there, and servers that fail', async () => {
    const { url } = await serve((_, response, count) =>
      response.writeHead(count === 1 ? 404 : 500).end(),
    );

    await expect(urlSource(url)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(urlSource(url)).rejects.toMatchObject({ code: 'IO' });
  });

  it('rejects with the reason of its signal', async () => {
    const { url } = await serve(() => undefined);
    const controller = new AbortController();
    const opened = urlSource(url, { signal: controller.signal });
    controller.abort(new Error('enough'));

    await expect(opened).rejects.toThrow('enough');
  });
});
