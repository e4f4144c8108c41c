import { seedOfItem } from '@nextx/core';
import type { GeneratedImage, GenerateOptions, ImageModel } from '@nextx/image';
import type { ProgressLine } from '../terminal/progress.ts';
import type { PictureCall, PlacedPicture } from './picture-record.ts';

/** What is generated: one label a picture, seeds counted up from the first. */
export interface PicturesRequest {
  readonly labels: readonly string[];
  readonly seed: bigint;
  /** Pictures computed together. */
  readonly batch: number;
  /** Everything else, the same for all. */
  readonly settings: Omit<GenerateOptions, 'labels' | 'seed' | 'count' | 'signal' | 'hasPreviews'>;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
  /** Of the progress. @defaultValue `generating` */
  readonly title?: string;
}

/** Pictures and the calls that made them. */
export interface GeneratedPictures {
  readonly pictures: readonly PlacedPicture[];
  readonly calls: readonly PictureCall[];
}

/** Generates pictures, some at a time. */
export async function generatePictures(
  model: ImageModel,
  request: PicturesRequest,
): Promise<GeneratedPictures> {
  const { labels, seed, batch, progress, title = 'generating' } = request;
  const calls: PictureCall[] = [];
  const pictures: PlacedPicture[] = [];
  for (let from = 0; from < labels.length; from += batch) {
    const call = { seed: `${seedOfItem(seed, from)}`, labels: labels.slice(from, from + batch) };
    const images = await runCall(model, call, {
      ...request,
      onStep: (share) =>
        progress.report({
          label: title,
          done: Math.min(labels.length, from + Math.floor(share * call.labels.length)),
          total: labels.length,
          unit: 'pictures',
        }),
    });
    images.forEach((image, item) => pictures.push({ image, call: calls.length, item }));
    calls.push(call);
  }
  return { pictures, calls };
}

/** Generates the pictures of one call. */
export async function runCall(
  model: ImageModel,
  { seed, labels }: PictureCall,
  {
    settings,
    signal,
    onStep,
  }: Pick<PicturesRequest, 'settings' | 'signal'> & { readonly onStep?: (share: number) => void },
): Promise<readonly GeneratedImage[]> {
  for await (const event of model.generate({ ...settings, labels, seed, signal })) {
    if (event.kind === 'done') return event.images;
    onStep?.(event.step / event.steps);
  }
  return [];
}
