import type { ImageDataset } from '@nextx/image';
import { codecAtBytes, openJpeg, openWebp, type RgbPicture } from '@nextx/quality';
import type { CodecScore } from './measured-model.ts';

/** Pictures that are compared; the codecs search for each of them. */
const limit = 500;

/**
 * What JPEG and WebP make of color pictures with the bytes that a model needs for them, on average over the first 500: once with
 * the whole file counted, once without its header and tables.
 *
 * @param bits  Of a picture.
 */
export async function codecsAtBits(dataset: ImageDataset, bits: number): Promise<CodecScore[]> {
  const targetBytes = Math.max(1, Math.round(bits / 8));
  const pictures = Math.min(limit, dataset.count);
  const scores: CodecScore[] = [];
  for (const codec of [await openJpeg(), await openWebp()]) {
    for (const counting of ['file', 'payload'] as const) {
      let [bytes, decibels, over] = [0, 0, 0];
      for (let index = 0; index < pictures; index++) {
        const result = await codecAtBytes(codec, rgbPicture(dataset, index), {
          targetBytes,
          counting,
        });
        bytes += (counting === 'file' ? result.bytes : result.payloadBytes) / pictures;
        decibels += Math.min(100, result.psnr) / pictures;
        over += result.isOverBudget ? 1 / pictures : 0;
      }
      const overBudget = Math.round(over * pictures) / pictures;
      const psnr = decibels;
      scores.push({ codec: codec.name, counting, targetBytes, bytes, psnr, overBudget, pictures });
    }
  }
  return scores;
}

function rgbPicture({ images, width, height }: ImageDataset, index: number): RgbPicture {
  const size = width * height * 3;
  return { width, height, data: images.slice(index * size, (index + 1) * size) };
}
