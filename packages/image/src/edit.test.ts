import type { TokenValues } from '@nextx/core';
import { OptionError, ShapeError } from '@nextx/core';
import { hasFixture, loadFixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptTokens } from './edit.ts';
import type { GeneratedImage, GenerateOptions } from './generate.ts';
import { loadImageModel } from './image-model.ts';
import type { ImageModel } from './image-model.ts';
import type { Pixels } from './pixels.ts';
import { filesOf, tinyContent } from './tiny-model.test-support.ts';
import type { MultiScaleVqParams } from './tokenizers/multi-scale-vq.ts';

let model: ImageModel;

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = await loadImageModel(filesOf(await tinyContent('var')));
});

afterAll(() => model.dispose());

const image: Pixels = {
  width: 6,
  height: 6,
  channels: 1,
  data: Uint8Array.from({ length: 36 }, (_, pixel) => (pixel * 37) % 256),
};

/** White from this column on. */
function maskFrom(column: number): Pixels {
  return { ...image, data: image.data.map((_, pixel) => (pixel % 6 >= column ? 255 : 0)) };
}

async function resultOf(
  options: GenerateOptions,
): Promise<{ images: readonly GeneratedImage[]; tokens: TokenValues }> {
  for await (const event of model.generate({ labels: ['bag'], seed: 4, ...options })) {
    if (event.kind === 'done') return event;
  }
  throw new Error('generation ended without its last event');
}

describe('keptTokens', () => {
  it.skipIf(!hasFixture('image', 'var'))('keeps what the official code keeps', async () => {
    const fixture = await loadFixture<{ tokenizer: { patch_nums: number[] } }>('image', 'var');
    const sides = fixture.config.tokenizer.patch_nums;

    const kept = keptTokens(fixture.values('edit.mask'), sides);

    const expected = sides.flatMap((_, scale) => [...fixture.values(`edit.keep.${scale}`)]);
    expect([...kept]).toEqual(expected);
  });

  it('keeps the single cell of the first map whatever the mask', () => {
    expect([...keptTokens([0, 0, 0, 0], [1, 2])]).toEqual([1, 0, 0, 0, 0]);
  });

  it('keeps as the mask says where there is one map', () => {
    expect([...keptTokens([1, 0, 0, 1], [2])]).toEqual([1, 0, 0, 1]);
  });
});

describe('generation with a mask', () => {
  it('gives the input back bit for bit where nothing is white (D6)', async () => {
    const { images } = await resultOf({ image, mask: maskFrom(6) });

    expect(images[0].data).toEqual(image.data);
  });

  it('equals free generation where all is white (D6)', async () => {
    const edited = await resultOf({ image, mask: maskFrom(0) });
    const free = await resultOf({});

    expect(edited.tokens).toEqual(free.tokens);
    expect(edited.images[0].data).toEqual(free.images[0].data);
  });

  it('keeps the black half and makes the white half anew', async () => {
    const { images } = await resultOf({ image, mask: maskFrom(4) });

    const [black, white] = [true, false].map((isKept) =>
      [...images[0].data].filter((_, pixel) => pixel % 6 < 4 === isKept),
    );
    expect(black).toEqual([...image.data].filter((_, pixel) => pixel % 6 < 4));
    expect(white).not.toEqual([...image.data].filter((_, pixel) => pixel % 6 >= 4));
    expect(images[0].provenance.given?.filter((id) => id >= 0).length).toBeGreaterThan(0);
  });

  it('edits towards another class: the kept tokens stay, free ones follow the class', async () => {
    const options = { image, mask: maskFrom(2), guidanceScale: 8 };

    const bag = await resultOf({ ...options, labels: ['bag'] });
    const sneaker = await resultOf({ ...options, labels: ['sneaker'] });

    const given = bag.images[0].provenance.given ?? [];
    const kept = given.flatMap((id, position) => (id >= 0 ? [position] : []));
    expect(kept.map((position) => bag.tokens[position])).toEqual(
      kept.map((position) => given[position]),
    );
    expect(kept.map((position) => sneaker.tokens[position])).toEqual(
      kept.map((position) => given[position]),
    );
    expect(bag.tokens).not.toEqual(sneaker.tokens);
  });

  it('keeps the codes of what stays where the others are mixed', async () => {
    const options = { image, mask: maskFrom(4), isSmooth: true };

    const { images, tokens } = await resultOf(options);

    const { quantizer } = model.tokenizer.params as MultiScaleVqParams;
    const codes = await quantizer.codebook.data();
    const given = images[0].provenance.given ?? [];
    const kept = given.flatMap((id, position) => (id >= 0 ? [position] : []));
    const vectors = kept.map((position) => tokens.slice(4 * position, 4 * position + 4));
    expect(vectors).toEqual(kept.map((position) => codes.slice(4 * given[position]).slice(0, 4)));
    expect(images[0].data).not.toEqual(image.data);
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;

    await resultOf({ image, mask: maskFrom(3), count: 2 });

    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a mask without picture, and a picture without mask', async () => {
    await expect(resultOf({ mask: maskFrom(3) })).rejects.toThrow(OptionError);
    await expect(resultOf({ image })).rejects.toThrow(OptionError);
  });

  it('refuses a mask and a picture of another size (D6)', async () => {
    const small: Pixels = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) };

    await expect(resultOf({ image, mask: small })).rejects.toThrow(ShapeError);
    await expect(resultOf({ image: small, mask: maskFrom(3) })).rejects.toThrow(ShapeError);
  });
});
