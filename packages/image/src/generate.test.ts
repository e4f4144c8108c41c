import { OptionError } from '@nextx/core';
import type { Executor, TokenValues } from '@nextx/core';
import { cpuExecutor } from '@nextx/core/cpu';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logProbsOf } from './best-of.ts';
import type { GeneratedImage, GenerateEvent, GenerateOptions } from './generate.ts';
import { loadImageModel } from './image-model.ts';
import type { ImageModel } from './image-model.ts';
import { filesOf, tinyContent } from './tiny-model.test-support.ts';

let model: ImageModel;
let raster: ImageModel;

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = await loadImageModel(filesOf(await tinyContent('var')));
  raster = await loadImageModel(filesOf(await tinyContent('llamagen')));
});

afterAll(() => {
  model.dispose();
  raster.dispose();
});

async function eventsOf(options: GenerateOptions, from = model): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = [];
  for await (const event of from.generate(options)) events.push(event);
  return events;
}

async function resultOf(
  options: GenerateOptions,
  from = model,
): Promise<{ images: readonly GeneratedImage[]; tokens: TokenValues }> {
  const last = (await eventsOf(options, from)).at(-1);
  if (last?.kind !== 'done') throw new Error('generation ended without its last event');
  return last;
}

describe('generateImages', () => {
  it.each(['reference', 'cpu'] as const)(
    'keeps the most likely of several candidates, whose seed says which (%s)',
    async (name) => {
      const executor = name === 'cpu' ? await cpuExecutor(model.model) : undefined;
      const settings = { labels: ['bag'], guidanceScale: 2, ...(executor && { executor }) };
      const seeds = [5n, 5n + 2n ** 32n, 5n + 2n ** 33n];
      const candidates = await Promise.all(seeds.map((seed) => resultOf({ ...settings, seed })));
      const likelihoods = await Promise.all(
        candidates.map(
          async ({ tokens }) =>
            (await logProbsOf(model.model, tokens as Int32Array, { labels: Int32Array.of(1) }))[0],
        ),
      );
      const best = likelihoods.indexOf(Math.max(...likelihoods));

      const kept = await resultOf({ ...settings, seed: 5, bestOf: 3 });
      const [, second] = (await resultOf({ ...settings, seed: 4, count: 2, bestOf: 3 })).images;
      executor?.dispose();

      expect(kept.images).toHaveLength(1);
      expect(kept.images[0].provenance.seed).toBe(`${seeds[best]}`);
      expect(kept.images[0].data).toEqual(candidates[best].images[0].data);
      expect(kept.tokens).toEqual(candidates[best].tokens);
      expect(second.data).toEqual(kept.images[0].data);
    },
  );

  it.each([false, true])(
    'compares candidates by the model where the executor does not say how likely they are, edited: %s',
    async (isEdited) => {
      const executor = await cpuExecutor(model.model);
      const silent: Executor = { name: 'cpu', run: executor.run.bind(executor), dispose: () => {} };
      const [image] = (await resultOf({ labels: ['sneaker'], seed: 9 })).images;
      const upper = image.data.map((_, index) => (index < image.data.length / 2 ? 255 : 0));
      const edit = isEdited ? { image, mask: { ...image, data: upper } } : {};
      const settings = { labels: ['bag', 'shirt'], seed: 3, count: 6, bestOf: 4, ...edit };

      const said = await resultOf({ ...settings, executor });
      const compared = await resultOf({ ...settings, executor: silent });
      executor.dispose();

      expect(compared.tokens).toEqual(said.tokens);
    },
  );

  it.each([0, 1.5, 4097, NaN])('refuses %f candidates', async (bestOf) => {
    await expect(resultOf({ labels: ['bag'], bestOf })).rejects.toThrow(OptionError);
  });

  it('refuses candidates of mixed codes', async () => {
    const mixed = resultOf({ labels: ['bag'], bestOf: 2, isSmooth: true });
    await expect(mixed).rejects.toThrow(/bestOf compares drawn codes/);
  });

  it('mixes codes where it is asked to, the same for the same seed, alone and in a batch', async () => {
    const settings = { labels: ['bag'], guidanceScale: 2, isSmooth: true };
    const drawn = await resultOf({ ...settings, seed: 1, isSmooth: false });
    const batch = await resultOf({ ...settings, seed: 1, count: 2 });
    const alone = await resultOf({ ...settings, seed: 2 });

    expect(batch.images[1].data).toEqual(alone.images[0].data);
    expect(batch.images[0].data).not.toEqual(drawn.images[0].data);
    expect(batch.tokens).toHaveLength(2 * 14 * 4);
    expect(alone.images[0].provenance.isSmooth).toBe(true);
    expect(drawn.images[0].provenance).not.toHaveProperty('isSmooth');
  });

  it('mixes codes by tensors where an executor of the drawing model is given', async () => {
    const executor = {
      name: 'none',
      run: () => {
        throw new Error('this executor draws codes');
      },
    } as unknown as NonNullable<GenerateOptions['executor']>;
    const settings = { seed: 1, labels: ['bag'], isSmooth: true };

    const { tokens } = await resultOf({ ...settings, executor });

    expect(tokens).toEqual((await resultOf(settings)).tokens);
  });

  it('shows a mixed picture after each step', async () => {
    const events = await eventsOf({ seed: 1, labels: ['bag'], isSmooth: true, hasPreviews: true });

    expect(events.map((event) => event.kind === 'step' && event.previews?.length)).toEqual([
      1,
      1,
      1,
      false,
    ]);
  });

  it('refuses to mix codes in a recipe that does not, and an unknown guidance schedule', async () => {
    await expect(resultOf({ isSmooth: true }, raster)).rejects.toThrow('llamagen does not');
    // A name from outside TypeScript.
    const guidanceSchedule = 'cosine' as 'linear';
    await expect(resultOf({ guidanceSchedule })).rejects.toThrow(OptionError);
  });

  it('generates without class where none is asked for, as guidance of 0 does', async () => {
    const none = await resultOf({ seed: 1, labels: ['none'] });
    const unguided = await resultOf({
      seed: 1,
      labels: ['bag'],
      guidanceScale: 0,
      guidanceSchedule: 'constant',
    });

    expect(none.tokens).toEqual(unguided.tokens);
    expect(none.images[0].provenance.label).toBe('none');
  });

  it('reports every step, then the pictures', async () => {
    const events = await eventsOf({ seed: 1, labels: ['bag'] });

    expect(events.map((event) => (event.kind === 'step' ? event.filled : event.kind))).toEqual([
      1,
      5,
      14,
      'done',
    ]);
  });

  it('makes pictures of the size of the model', async () => {
    const { images } = await resultOf({ seed: 1, labels: ['bag'], count: 2 });

    expect(images).toHaveLength(2);
    expect(images[0]).toMatchObject({ width: 6, height: 6, channels: 1 });
    expect(images[0].data).toHaveLength(36);
  });

  it('repeats the labels in turn, and takes all classes where none are named', async () => {
    const named = await resultOf({ seed: 1, labels: ['bag', 0], count: 3 });
    const all = await resultOf({ seed: 1, count: 4 });

    expect(named.images.map(({ provenance }) => provenance.label)).toEqual(['bag', 'shirt', 'bag']);
    expect(all.images.map(({ provenance }) => provenance.label)).toEqual([
      'shirt',
      'bag',
      'sneaker',
      'shirt',
    ]);
  });

  it.each(['var', 'llamagen'])(
    'draws item 3 of a batch of 8 of %s as it does alone',
    async (name) => {
      const from = name === 'var' ? model : raster;
      const options = { labels: ['bag'], guidanceScale: 2 };

      const batch = await resultOf({ ...options, count: 8, seed: 40 }, from);
      const alone = await resultOf({ ...options, count: 1, seed: 43 }, from);

      const length = alone.tokens.length;
      expect(batch.tokens.subarray(3 * length, 4 * length)).toEqual(alone.tokens);
      expect(batch.images[3].provenance).toEqual(alone.images[0].provenance);
      expect(batch.tokens.subarray(0, length)).not.toEqual(alone.tokens);
    },
  );

  it('is unguided at a scale of 1, and something else at 4', async () => {
    const plain = await resultOf({ labels: ['bag'], count: 4, seed: 1 });
    const one = await resultOf({ labels: ['bag'], count: 4, seed: 1, guidanceScale: 1 });
    const four = await resultOf({ labels: ['bag'], count: 4, seed: 1, guidanceScale: 4 });

    expect(one.tokens).toEqual(plain.tokens);
    expect(four.tokens).not.toEqual(plain.tokens);
  });

  it('takes the most likely tokens at temperature 0, whatever the seed (H1)', async () => {
    const first = await resultOf({ labels: ['bag'], seed: 1, temperature: 0 });
    const second = await resultOf({ labels: ['bag'], seed: 2, temperature: 0 });

    expect(first.tokens).toEqual(second.tokens);
  });

  it('says how each picture was made, as JSON keeps it', async () => {
    const { images } = await resultOf({
      labels: ['bag'],
      count: 2,
      seed: '9007199254740993',
      topK: 5,
    });

    const provenance = JSON.parse(JSON.stringify(images[1].provenance));

    expect(provenance).toEqual(images[1].provenance);
    expect(provenance).toMatchObject({
      program: 'nextx',
      recipe: 'var',
      label: 'bag',
      seed: '9007199254740994',
      guidanceScale: 1,
      guidanceSchedule: 'linear',
      sampling: { topK: 5 },
      model: model.checksum,
    });
  });

  it('draws a seed where none is given, and the reported one makes the same picture (H3)', async () => {
    const drawn = await resultOf({ labels: ['bag'] });
    const again = await resultOf({ labels: ['bag'], seed: drawn.images[0].provenance.seed });

    expect(again.tokens).toEqual(drawn.tokens);
  });

  it('shows previews of the first scales where the tokenizer can decode them', async () => {
    const events = await eventsOf({ labels: ['bag'], count: 2, seed: 1, hasPreviews: true });
    const steps = events.filter((event) => event.kind === 'step');
    const done = events.at(-1);

    expect(steps.map(({ previews }) => previews?.length)).toEqual([2, 2, 2]);
    expect(done?.kind === 'done' && done.images[1].data).toEqual(steps[2].previews?.[1].data);
  });

  it.each<[string, GenerateOptions, string]>([
    ['a temperature of -1', { temperature: -1 }, 'temperature'],
    ['a temperature of NaN', { temperature: Number.NaN }, 'temperature'],
    ['a temperature of 999999', { temperature: 999_999 }, 'temperature'],
    ['a guidance of NaN', { guidanceScale: Number.NaN }, 'guidance'],
    ['a guidance of 1e308', { guidanceScale: 1e308 }, 'guidance'],
    ['a guidance of -3', { guidanceScale: -3 }, 'guidance'],
    ['a seed of -1', { seed: -1 }, 'seed'],
    ['a seed of 2^53 as a number', { seed: 2 ** 53 }, 'seed'],
    ['a seed of abc', { seed: 'abc' }, 'seed'],
    ['a count of 0', { count: 0 }, 'count'],
    ['a count of -1', { count: -1 }, 'count'],
    ['a count of 1e6', { count: 1e6 }, 'count'],
    ['a count of 1.5', { count: 1.5 }, 'count'],
    ['no label in the list', { labels: [] }, 'label'],
    ['an unknown label', { labels: ['shrit'] }, 'Did you mean "shirt"'],
    ['a label number outside', { labels: [3] }, 'from 0 to 2'],
    ['a top-k of 1.5', { topK: 1.5 }, 'topK'],
    ['a top-p of 2', { topP: 2 }, 'topP'],
  ])('refuses %s before any work (H1 to H5)', async (_, options, message) => {
    const before = tf.memory().numTensors;

    const generating = eventsOf(options);

    await expect(generating).rejects.toMatchObject({ name: 'OptionError' });
    await expect(generating).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does nothing when it is aborted before (H6)', async () => {
    const before = tf.memory().numTensors;
    const reason = new Error('not wanted');

    await expect(eventsOf({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops within one step when it is aborted, leaks nothing and can be used at once (H6)', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const seen: GenerateEvent[] = [];
    const running = async () => {
      for await (const event of model.generate({
        seed: 1,
        labels: ['bag'],
        signal: controller.signal,
      })) {
        seen.push(event);
        controller.abort();
        controller.abort();
      }
    };

    await expect(running()).rejects.toMatchObject({ name: 'AbortError' });

    expect(seen).toHaveLength(1);
    expect(tf.memory().numTensors).toBe(before);
    expect(await eventsOf({ seed: 1, labels: ['bag'] })).toHaveLength(4);
  });

  it('leaves as many tensors as there were, also when the caller leaves early', async () => {
    const before = tf.memory().numTensors;

    await eventsOf({ labels: ['bag'], guidanceScale: 3, hasPreviews: true });
    for await (const event of model.generate({ labels: ['bag'] })) if (event.kind === 'step') break;

    expect(tf.memory().numTensors).toBe(before);
  });
});
