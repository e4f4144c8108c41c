import { stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { NetworkInputs } from '../../program/network.ts';
import { blendWgsl } from './blend.wgsl.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { embedWgsl } from './embed.wgsl.ts';
import { enlargeWgsl } from './enlarge.wgsl.ts';
import type { LatentRegions } from './flow-regions.ts';
import { latentRowsWgsl } from './latent-rows.wgsl.ts';
import type { LatentSource } from './latent-rows.wgsl.ts';
import type { PlacedInputs } from './place-network.ts';
import { latentChannels } from '../network-support.ts';
import { scaleRowsWgsl } from './scale-rows.wgsl.ts';

/** Dispatches that make the rows of one step from the tokens before it; none where the host hands them over. */
export function compileInputs(source: ProgramSource, plan: Plan, step: number): Dispatch[] {
  const { placed, network } = source;
  const { inputs } = network;
  const { scale } = placed.inputs;
  if (inputs.kind === 'recipe') return [];
  if (step === 0 || inputs.kind !== 'scale' || scale === undefined) {
    const { start, end } = stepRange(plan, step);
    const positions = end - start;
    return [
      inputs.kind === 'latent'
        ? latentRows(source, 'before', positions)
        : tokenRows(source, positions),
    ];
  }
  return scaleInputs(source, { plan, step, inputs, scale });
}

/** The row of the token of the step before, or the start row, plus what every position adds. */
function tokenRows(
  { placed, regions, sizes, network }: ProgramSource,
  positions: number,
): Dispatch {
  const { table, added, buffer } = placed.inputs;
  return {
    name: 'embed',
    code: embedWgsl({ cacheFormat: sizes.cacheFormat, hasAdded: added !== undefined }),
    weights: buffer,
    cache: 0,
    fields: {
      inner: network.parts.width / 4,
      items: sizes.items,
      ids: regions.state.ids,
      starts: regions.starts,
      table,
      added: added ?? 0,
      out: regions.x,
    },
    grid: [sizes.sequences * positions, 1, 1],
  };
}

/** Latents, mapped to rows, plus what every position adds; where those of the step before are meant, start rows first. */
export function latentRows(
  { placed, regions, sizes, network }: ProgramSource,
  latents: LatentSource,
  positions: number,
): Dispatch {
  const { table, bias = 0, added, buffer } = placed.inputs;
  // A network that latents feed has a head that draws them.
  const { done, moving } = regions.latents as LatentRegions;
  return {
    name: 'embed latents',
    code: latentRowsWgsl(latents, {
      cacheFormat: sizes.cacheFormat,
      hasAdded: added !== undefined,
    }),
    weights: buffer,
    cache: 0,
    fields: {
      inner: network.parts.width / 4,
      items: sizes.items,
      channels: (latentChannels(network.inputs) ?? 0) / 4,
      latents: latents === 'own' ? moving : done,
      starts: regions.starts,
      table,
      bias,
      added: added ?? 0,
      out: regions.x,
    },
    grid: [sizes.sequences * positions, 1, 1],
  };
}

/** Adds the finished scale to the sum, and reduces the sum to the side of the step. */
function scaleInputs(
  { placed, regions, sizes, network }: ProgramSource,
  {
    plan,
    step,
    inputs,
    scale,
  }: {
    readonly plan: Plan;
    readonly step: number;
    readonly inputs: Extract<NetworkInputs, { kind: 'scale' }>;
    readonly scale: NonNullable<PlacedInputs['scale']>;
  },
): Dispatch[] {
  const { buffer, table, added } = placed.inputs;
  const { sides, codebook, refinementOfScale, residualRatio } = inputs;
  const { items, sequences, cacheFormat } = sizes;
  const lastSide = sides[sides.length - 1];
  const channels = codebook.shape[1] / 4;
  const shared = { items, sequences, lastSide, channels, sum: regions.sum };
  const refine = scale.refine[refinementOfScale[step - 1]];
  const cells: Dispatch['grid'] = [Math.ceil((items * lastSide ** 2 * channels) / 64), 1, 1];
  const at = { weights: buffer, cache: 0 };
  return [
    {
      ...at,
      name: 'enlarge',
      code: enlargeWgsl(cacheFormat),
      fields: {
        ...shared,
        table,
        ids: regions.state.ids,
        side: sides[step - 1],
        previous: stepRange(plan, step - 1).start,
        resize: scale.enlarge[step - 1],
        out: regions.map,
      },
      grid: cells,
    },
    {
      ...at,
      name: 'blend',
      code: blendWgsl(cacheFormat),
      fields: { ...shared, ...refine, x: regions.map, ratio: residualRatio },
      grid: cells,
    },
    {
      ...at,
      name: 'scale rows',
      code: scaleRowsWgsl(channels, { cacheFormat, hasAdded: added !== undefined }),
      fields: {
        ...shared,
        side: sides[step],
        resize: scale.reduce[step],
        weight: scale.embedding,
        bias: scale.embeddingBias,
        added: added ?? 0,
        outputs: network.parts.width / 4,
        out: regions.x,
      },
      grid: [sides[step] ** 2, items, 1],
    },
  ];
}
