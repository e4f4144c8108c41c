import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { importParams, linearRules, normRules } from '../io/import-map.ts';
import type { ImportRule } from '../io/import-map.ts';
import { describeParity } from '../testing/describe-parity.ts';
import { excessOverTolerance, loadFixture } from '../testing/fixture.ts';
import type { Fixture } from '../testing/fixture.ts';
import { denoisingMlp, initDenoisingMlp } from './denoising-mlp.ts';
import { linear } from './linear.ts';
import { timeEmbedding, timeSinusoids } from './time-embedding.ts';

interface Config {
  readonly model: {
    readonly token_dim: number;
    readonly decoder_embed_dim: number;
    readonly diffloss_width: number;
    readonly diffloss_depth: number;
  };
}

describeParity('the denoising MLP of MAR', { modality: 'image', system: 'mar' }, () => {
  let fixture: Fixture<Config>;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>('image', 'mar');
  });
  const expectParity = (name: string, actual: ArrayLike<number>): void => {
    const { tolerance } = fixture.config;
    const excess = excessOverTolerance(name, actual, fixture.values(name), tolerance);
    expect(excess, name).toBeLessThanOrEqual(0);
  };

  it('has the sinusoids of its times', () => {
    expectParity('head.time_embed', timeSinusoids(fixture.values('head.t')));
  });

  it('gives the official outputs for official weights', async () => {
    const { model } = fixture.config;
    const params = importParams(
      template(model),
      rules(model.diffloss_depth),
      diffusionHead(fixture),
    );
    const times = fixture.values('head.t');
    const x = tf.tensor3d(fixture.values('head.x_t'), [times.length, 1, model.token_dim]);
    const hidden = tf.tensor2d(fixture.values('head.z'), [times.length, model.decoder_embed_dim]);

    const context = tf.add(timeEmbedding(params.time, times), linear(params.condition, hidden));
    const outputs = denoisingMlp(params, x, context as tf.Tensor2D);

    expectParity('head.out', await outputs.data());
  });
});

function template(model: Config['model']): ReturnType<typeof initDenoisingMlp> {
  return initDenoisingMlp(
    {
      width: model.decoder_embed_dim,
      channels: model.token_dim,
      outputs: 2 * model.token_dim,
      hidden: model.diffloss_width,
      blocks: model.diffloss_depth,
    },
    initializer([1, 1]),
  );
}

function diffusionHead(fixture: Fixture<Config>): ReturnType<Fixture<Config>['weights']> {
  return fixture.weights('mar.diffloss.net.');
}

function rules(blocks: number): ImportRule[] {
  return [
    ...linearRules('input', 'input_proj'),
    ...linearRules('time.up', 'time_embed.mlp.0'),
    ...linearRules('time.down', 'time_embed.mlp.2'),
    ...linearRules('condition', 'cond_embed'),
    ...Array.from({ length: blocks }, (_, index) => [
      ...normRules(`blocks.${index}.norm`, `res_blocks.${index}.in_ln`),
      ...linearRules(`blocks.${index}.modulation`, `res_blocks.${index}.adaLN_modulation.1`),
      ...linearRules(`blocks.${index}.up`, `res_blocks.${index}.mlp.0`),
      ...linearRules(`blocks.${index}.down`, `res_blocks.${index}.mlp.2`),
    ]).flat(),
    ...linearRules('final.modulation', 'final_layer.adaLN_modulation.1'),
    ...linearRules('final.output', 'final_layer.linear'),
  ];
}
