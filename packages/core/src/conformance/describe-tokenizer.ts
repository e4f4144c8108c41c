import { abs, max, mean, memory, min, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tokenizer } from '../tokenizer.ts';
import { startTimeoutMs } from './engine.ts';
import type { ConformanceEngine } from './engine.ts';

/** A tokenizer with its weights, and samples to try it on. */
export interface TokenizerInstance {
  readonly tokenizer: Tokenizer;
  /** `[B, …sampleShape]`, B at least 2. */
  readonly samples: Tensor;
  /** Largest mean squared error of decode(encode(x)), after training. */
  readonly errorBound: number;
  /** Frees weights and samples. */
  dispose(): void;
}

/** A tokenizer to test. */
export interface TokenizerSuite {
  readonly name: string;
  readonly engines: readonly ConformanceEngine[];
  create(): TokenizerInstance | Promise<TokenizerInstance>;
}

/** Declares the tests that every tokenizer must pass, on each engine. */
export function describeTokenizer(suite: TokenizerSuite): void {
  for (const engine of suite.engines) {
    describe.skipIf(engine.missing !== undefined)(`${suite.name} on ${engine.name}`, () => {
      describeOnEngine(suite, engine);
    });
  }
}

/** What encoding and decoding some samples gives. */
export interface RoundTrip {
  readonly idsShape: readonly number[];
  readonly samplesShape: readonly number[];
  readonly smallestId: number;
  readonly largestId: number;
  readonly meanSquaredError: number;
  /** Largest difference between two encodings of the same samples. */
  readonly wavering: number;
  /** Tensors left alive. */
  readonly leaked: number;
}

/** Encodes twice and decodes. */
export async function roundTrip(tokenizer: Tokenizer, samples: Tensor): Promise<RoundTrip> {
  const before = memory().numTensors;
  const ids = tokenizer.encode(samples);
  const again = tokenizer.encode(samples);
  const decoded = tokenizer.decode(ids);
  const figures = tidy(() => [
    min(ids),
    max(ids),
    mean(square(sub(decoded, samples))),
    max(abs(sub(ids, again))),
  ]);
  try {
    const values = await Promise.all(figures.map(async (figure) => (await figure.data())[0]));
    const [smallestId, largestId, meanSquaredError, wavering] = values;
    const own = 3 + figures.length;
    return {
      idsShape: ids.shape,
      samplesShape: decoded.shape,
      smallestId,
      largestId,
      meanSquaredError,
      wavering,
      leaked: memory().numTensors - before - own,
    };
  } finally {
    [ids, again, decoded, ...figures].forEach((tensor) => tensor.dispose());
  }
}

function describeOnEngine({ create }: TokenizerSuite, engine: ConformanceEngine): void {
  let instance: TokenizerInstance;
  let trip: RoundTrip;
  beforeAll(async () => {
    await engine.start();
    instance = await create();
    trip = await roundTrip(instance.tokenizer, instance.samples);
  }, startTimeoutMs);
  afterAll(() => instance.dispose());

  it('gives samples of the shape that it was given', () => {
    const [batch] = instance.samples.shape;

    expect(trip.idsShape).toEqual([batch, instance.tokenizer.length]);
    expect(trip.samplesShape).toEqual([batch, ...instance.tokenizer.sampleShape]);
  });

  it('gives ids of its vocabulary, the same each time', () => {
    expect(trip.smallestId).toBeGreaterThanOrEqual(0);
    expect(trip.largestId).toBeLessThan(instance.tokenizer.vocabularySize);
    expect(trip.wavering).toBe(0);
  });

  it('brings samples back within the error that its training reached', () => {
    expect(trip.meanSquaredError).toBeLessThanOrEqual(instance.errorBound);
  });

  it('leaks no tensor', () => {
    expect(trip.leaked).toBe(0);
  });
}
