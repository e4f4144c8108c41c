import { bilinearMatrix, OptionError, ShapeError } from '@nextx/core';
import { tensor4d, tidy } from '@tensorflow/tfjs-core';
import { assertPixels, pixelsToFloats } from './pixels.ts';
import type { Pixels } from './pixels.ts';
import type { ImageTokenizer } from './tokenizers/image-tokenizer.ts';

/**
 * Which cells of each token map are kept when part of a picture is made anew (Tian et al. 2024, zero-shot editing):
 * the mask of the last map, resized bilinearly, above a half. A map of at most three cells is always kept.
 *
 * @param keep  `[side, side]` of the last map, row-major, 1 where it is kept.
 * @param sides  Side of each map, coarse to fine.
 * @returns `[Σ sideₖ²]`, 1 where a token is kept.
 */
export function keptTokens(keep: ArrayLike<number>, sides: readonly number[]): Uint8Array {
  const last = sides[sides.length - 1];
  const maps = sides.map((side) => {
    if (side ** 2 <= 3 && sides.length > 1) return new Uint8Array(side ** 2).fill(1);
    const { weights } = bilinearMatrix(last, side);
    return Uint8Array.from({ length: side ** 2 }, (_, cell) => {
      const [row, column] = [Math.floor(cell / side), cell % side];
      let share = 0;
      for (let y = 0; y < last; y++) {
        for (let x = 0; x < last; x++) {
          share += weights[row * last + y] * weights[column * last + x] * keep[y * last + x];
        }
      }
      return share > 0.5 ? 1 : 0;
    });
  });
  return Uint8Array.from(maps.flatMap((map) => [...map]));
}

/**
 * The ids that an edit gives to the decoder: the picture's own where it is kept, -1 elsewhere.
 *
 * @returns `[count, N]`, or undefined if nothing is kept, which is generation from nothing.
 * @throws {OptionError} ARG if there is no mask.
 * @throws {ShapeError} if picture or mask are not of the tokenizer's size.
 */
export async function givenIds(
  tokenizer: ImageTokenizer,
  {
    image,
    mask,
    count,
  }: { readonly image: Pixels; readonly mask: Pixels | undefined; readonly count: number },
): Promise<Int32Array | undefined> {
  const [height, width, channels] = tokenizer.sampleShape;
  if (mask === undefined) {
    throw new OptionError(
      'generate: an image needs a mask, white where it is made anew, got none. Give a mask of its size.',
    );
  }
  assertPixels('generate: image', image);
  assertPixels('generate: mask', mask);
  for (const [name, pixels] of [['image', image] as const, ['mask', mask] as const]) {
    const isChannelMismatch = name === 'image' && pixels.channels !== channels;
    if (pixels.width !== width || pixels.height !== height || isChannelMismatch) {
      throw new ShapeError(
        `generate: ${name} must be ${width} x ${height}${name === 'image' ? ` with ${channels} channels` : ''}, got ${pixels.width} x ${pixels.height} with ${pixels.channels}. Resize it first.`,
      );
    }
  }
  const side = tokenizer.sides[tokenizer.sides.length - 1];
  const keep = keptCells(mask, side);
  if (!keep.includes(1)) return undefined;
  const kept = keptTokens(keep, tokenizer.sides);
  const encoded = tidy(() =>
    tokenizer.encode(tensor4d(pixelsToFloats(image), [1, height, width, channels])),
  );
  const ids = await encoded.data<'int32'>();
  encoded.dispose();
  return Int32Array.from({ length: count * kept.length }, (_, index) =>
    kept[index % kept.length] === 1 ? ids[index % kept.length] : -1,
  );
}

/** A cell is kept if none of its pixels is to be made anew. */
function keptCells({ width, height, channels, data }: Pixels, side: number): Uint8Array {
  const keep = new Uint8Array(side * side).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * channels] < 128) continue;
      keep[Math.floor((y * side) / height) * side + Math.floor((x * side) / width)] = 0;
    }
  }
  return keep;
}
