import { seedOfItem } from '@nextx/core';
import type { GenerateOptions, ImageDataset, ImageModel } from '@nextx/image';
import { executorName, type FusedExecutor } from '../start-executor.ts';
import type { ProgressLine } from '../terminal/progress.ts';
import { openPictureCache } from './picture-cache.ts';

/** Which pictures are generated, and where they are kept. */
export interface GenerateSetOptions {
  readonly count: number;
  readonly seed: bigint;
  readonly guidance: number;
  readonly sampling: Pick<GenerateOptions, 'temperature' | 'topK' | 'topP'>;
  /** Pictures generated together. */
  readonly batch: number;
  /** What decodes. @defaultValue tfjs operations */
  readonly executor?: FusedExecutor;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/**
 * Generates pictures of all classes in turn, or takes them from an earlier run: a picture follows from its own seed, so it does
 * not matter with which others it was made.
 *
 * @returns the pictures, with the classes that were asked for as labels.
 * @throws the signal's reason once it is aborted; what is there is kept.
 */
export async function generateSet(
  model: ImageModel,
  options: GenerateSetOptions,
): Promise<ImageDataset> {
  const { count, seed, guidance, sampling, batch, executor, folder, signal, progress } = options;
  const isRounded = executor !== undefined && executor.format !== 'f32';
  const [height, width, channels] = model.tokenizer.sampleShape;
  const size = height * width * channels;
  const classes = model.labels.length;
  const settings = {
    model: model.checksum,
    seed: `${seed}`,
    guidance,
    ...sampling,
    // Small weights round in a way of each executor's own.
    ...(isRounded && {
      format: executor.name === 'cpu' ? executor.format : executorName(executor),
    }),
  };
  const cache = await openPictureCache(folder, settings, size);
  const images = new Uint8Array(count * size);
  const kept = await cache.read();
  images.set(kept.subarray(0, images.length));
  let done = Math.min(count, kept.length / size);
  while (done < count) {
    const here = Math.min(batch, count - done);
    const labels = Array.from({ length: here }, (_, item) => (done + item) % classes);
    const made = await generateBatch(model, {
      ...sampling,
      labels,
      seed: seedOfItem(seed, done),
      guidanceScale: guidance,
      signal,
      ...(executor && { executor }),
    });
    await cache.append(made);
    images.set(made, done * size);
    done += here;
    const label = `generating, guidance ${guidance}`;
    progress.report({ label, done, total: count, unit: 'pictures' });
  }
  return {
    name: 'generated',
    split: 'test',
    width,
    height,
    channels: channels === 1 ? 1 : 3,
    count,
    images,
    labels: Int32Array.from({ length: count }, (_, item) => item % classes),
    labelNames: model.labels,
  };
}

/** The bytes of the pictures of one call, one after the other. */
export async function generateBatch(
  model: ImageModel,
  options: GenerateOptions,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const event of model.generate(options)) {
    if (event.kind === 'done') parts.push(...event.images.map(({ data }) => data));
  }
  return new Uint8Array(Buffer.concat(parts));
}
