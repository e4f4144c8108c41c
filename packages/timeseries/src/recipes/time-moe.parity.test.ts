import {
  exportParams,
  gatedMlp,
  importParams,
  initializer,
  linear,
  routeRows,
  toFloat32,
  transformer,
} from '@nextx/core';
import type { HostTensor, TransformerParts, MixtureOfExpertsParams } from '@nextx/core';
import { comparison, describeParity, largestDifference, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import {
  continueRows,
  headSchedule,
  timeMoeInputs,
  timeMoeLoss,
  timeMoeParts,
  timeMoeRecipe,
} from './time-moe.ts';
import type { TimeMoeOptions, TimeMoeParams } from './time-moe.ts';

interface Config {
  readonly tiny_config: {
    readonly hidden_size: number;
    readonly intermediate_size: number;
    readonly num_hidden_layers: number;
    readonly num_attention_heads: number;
    readonly num_key_value_heads: number;
    readonly num_experts: number;
    readonly num_experts_per_tok: number;
    readonly horizon_lengths: readonly number[];
    readonly rope_theta: number;
    readonly router_aux_loss_factor: number;
  };
}

const source = { modality: 'timeseries', system: 'time-moe' };

describeParity('Time-MoE', source, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let options: TimeMoeOptions;
  let params: TimeMoeParams;
  let rows: tf.Tensor2D;

  const rules = () => timeMoeRecipe.importRules?.(options, params) ?? [];
  const hidden = (parts: TransformerParts<MixtureOfExpertsParams> = timeMoeParts(options)) =>
    transformer(parts).forward(params.backbone, timeMoeInputs(options, params, { rows }));

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>(source.modality, source.system);
    compare = comparison(fixture);
    const tiny = fixture.config.tiny_config;
    options = {
      width: tiny.hidden_size,
      hidden: tiny.intermediate_size,
      blocks: tiny.num_hidden_layers,
      heads: tiny.num_attention_heads,
      keyValueHeads: tiny.num_key_value_heads,
      experts: tiny.num_experts,
      expertsPerValue: tiny.num_experts_per_tok,
      headLengths: tiny.horizon_lengths,
      ropeTheta: tiny.rope_theta,
      balanceFactor: tiny.router_aux_loss_factor,
    };
    params = timeMoeRecipe.init(options, initializer([1, 1]));
    params = importParams(params, rules(), fixture.weights(''));
    rows = compare.tensorOf('x') as tf.Tensor2D;
  });

  it('embeds single values by a gate', async () => {
    compare.expectParity('embed', await timeMoeInputs(options, params, { rows }).x.data());
  });

  it('attends, routes and mixes experts as the first official layer', async () => {
    const parts = timeMoeParts(options);
    const [first] = params.backbone.blocks;
    const seen = new Map<string, tf.Tensor3D>();
    const note = (name: string, x: tf.Tensor3D): void => {
      if (!seen.has(name)) seen.set(name, tf.keep(x.clone()));
    };

    hidden({
      ...parts,
      attention: {
        ...parts.attention,
        apply: (weights, x, context) => {
          const mixed = parts.attention.apply(weights, x, context);
          note('attn0', mixed);
          return mixed;
        },
      },
      mlp: {
        ...parts.mlp,
        apply: (weights, x) => {
          note('moe_in0', x);
          const mixed = parts.mlp.apply(weights, x);
          note('moe_out0', mixed);
          return mixed;
        },
      },
    });

    for (const [name, tensor] of seen) compare.expectParity(name, await tensor.data());
    const input = seen.get('moe_in0') as tf.Tensor3D;
    const flat = input.reshape([-1, input.shape[2]]) as tf.Tensor2D;
    const { router, shared } = first.mlp;
    compare.expectParity('router_logits0', await linear(router, flat).data());
    const { probabilities, choices } = routeRows(router, flat, options.expertsPerValue ?? 0);
    compare.expectIds('topk_idx0', await tf.argMax(choices, 2).data());
    const weights = tf.sum(choices.mul(tf.expandDims(probabilities, 1)), 2);
    compare.expectParity('topk_w0', await weights.data());
    const width = options.width ?? 0;
    const expert = gatedMlp({ width, hidden: options.hidden ?? 0 });
    const common = expert.apply(shared?.mlp as NonNullable<typeof shared>['mlp'], input);
    compare.expectParity('shared_expert0', await common.data());
  });

  it('gives the official rows of the first layer, of the last norm, and of every head', async () => {
    const parts = timeMoeParts(options);
    const { blocks, finalNorm } = params.backbone;
    const second = blocks.length > 1 ? blocks[1].attentionNorm : finalNorm;
    const outputs: tf.Tensor[] = [];
    const norm: typeof parts.norm = {
      init: parts.norm.init,
      apply: (weights, x) => {
        if (weights === second) outputs.push(tf.keep(x.clone()));
        return parts.norm.apply(weights, x);
      },
    };

    const last = hidden({ ...parts, norm });

    compare.expectParity('layer0', await outputs[0].data());
    compare.expectParity('final_hidden', await last.data());
    for (const [index, length] of fixture.config.tiny_config.horizon_lengths.entries()) {
      const values = await linear(params.heads[index], last).data();
      compare.expectParity(`head_${length}`, values);
    }
  });

  it('has the official losses of the heads, of the balance and in all', async () => {
    const batch = {
      inputs: rows,
      labels: compare.tensorOf('labels') as tf.Tensor2D,
      mask: compare.tensorOf('loss_mask').toFloat() as tf.Tensor2D,
    };

    const { loss, ofHeads, balance } = timeMoeLoss(options, params, batch);

    compare.expectParity('ar_losses', await ofHeads.data());
    compare.expectParity('aux_loss', await balance.data());
    compare.expectParity('loss', await loss.data());
  });

  it('forecasts by the official heads, with what it remembers', async () => {
    const lengths = fixture.config.tiny_config.horizon_lengths;
    const horizon = (fixture.io.get('generated')?.shape[1] ?? 0) - rows.shape[1];
    compare.expectIds('heads_used', headSchedule(lengths, horizon));

    const forecast = continueRows(options, params, { rows, horizon });

    compare.expectParity('generated', await tf.concat([rows, forecast], 1).data());
  });

  it('exports the weights it imported, bit for bit', async () => {
    const originals = fixture.weights('');
    const exported = await exportParams(params, rules());

    expect([...exported.keys()].toSorted()).toEqual([...originals.keys()].toSorted());
    for (const [name, tensor] of exported) {
      const original = originals.get(name) as HostTensor;
      expect(largestDifference(toFloat32(tensor), toFloat32(original)), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});
