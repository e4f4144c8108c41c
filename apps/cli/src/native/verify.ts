import { fileURLToPath } from 'node:url';
import { ResourceError } from '@nextx/core';
import * as z from 'zod/mini';
import type { RunCommand } from './command.ts';
import type { LoadedNative } from './register.ts';

/** Longest that the check may take; a first load from a slow disk reads a gigabyte. */
const timeoutMs = 180_000;

const answer = z.object({
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'gpu']),
  usesGpu: z.boolean(),
  product: z.array(z.number()),
  gradient: z.array(z.number()),
  gelu: z.array(z.number()),
  layer: z.array(z.number()),
  attention: z.array(z.number()),
});

/**
 * Loads the build under `root` in a process of its own and checks a matmul, a gradient and operations of nextx there, so
 * that a library that crashes takes nothing with it.
 *
 * @throws {ResourceError} IO if the process fails or computes something else; the message has its last words.
 */
export async function verifyNative(
  run: RunCommand,
  root: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Omit<LoadedNative, 'folder'>> {
  const source = fileURLToPath(new URL('./verify-child.ts', import.meta.url));
  const program = import.meta.url.endsWith('.ts') ? source : source.replace(/\.ts$/, '.js');
  const timeout = AbortSignal.timeout(timeoutMs);
  const running = run(process.execPath, [program, root], {
    signal: AbortSignal.any([signal, timeout]),
  });
  const { code, endedBy, stdout, stderr } = await running.catch((error: unknown) => {
    if (error !== timeout.reason) throw error;
    throw failure(`must load and compute within ${timeoutMs / 1000} s, it did not. `);
  });
  if (code !== 0) {
    const how = endedBy === undefined ? `it ended with ${code}` : `${endedBy} ended it`;
    const hint =
      endedBy === 'SIGILL' ? 'This processor lacks instructions that TensorFlow needs (AVX). ' : '';
    throw failure(`must load and compute, ${how}: ${lastWords(stderr)}. ${hint}`);
  }
  const { product, gradient, gelu, layer, attention, ...loaded } = parseAnswer(stdout);
  // a b = [[19, 22], [43, 50]]; the gradient of |a b|^2 is 2 a b b'.
  assertNumbers('product', product, [19, 22, 43, 50]);
  assertNumbers('gradient', gradient, [454, 618, 1030, 1402]);
  assertNumbers('GELU', gelu, [0, 0.8412]);
  assertNumbers('linear layer', layer, [200, 200, 200, 200]);
  assertNumbers('attention', attention, [1, 1]);
  return loaded;
}

function parseAnswer(stdout: string): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch {
    throw failure(`must answer with its numbers, got "${lastWords(stdout)}". `);
  }
}

function assertNumbers(what: string, got: readonly number[], expected: readonly number[]): void {
  if (
    got.length === expected.length &&
    got.every((x, i) => Math.abs(x - (expected[i] ?? 0)) < 1e-3)
  )
    return;
  throw failure(`must compute the ${what} [${expected.join(', ')}], got [${got.join(', ')}]. `);
}

function failure(what: string): ResourceError {
  return new ResourceError(
    `native: the built engine ${what}Nothing was installed; the engine wasm works without it.`,
    'IO',
  );
}

function lastWords(text: string): string {
  return text.trim().slice(-600);
}
