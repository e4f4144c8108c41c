import { silu } from '../../layers/activation.ts';
import { denoisingEpsilon } from '../../layers/denoising-mlp.ts';
import type { SamplingOptions } from '../../sampling/filters.ts';
import { flowTemperature } from '../../heads/flow-head.ts';
import { activationNumber } from '../network-support.ts';
import { BlockCompiler } from './compile-blocks.ts';
import type { RowVectors } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileEulerStep, compileNoise } from './compile-euler.ts';
import type { FlowRegions } from './flow-regions.ts';
import type { PlacedFlowHead } from './place-flow-head.ts';

/** What the dispatches of a flow head are compiled from. */
interface FlowSource {
  readonly head: PlacedFlowHead;
  readonly flow: FlowRegions;
  readonly compiler: BlockCompiler;
}

/**
 * The dispatches that draw the latents of a step: noise, the embedded hidden states, and per Euler step the vectors of
 * all norms, two products a block, the velocity and the step itself.
 *
 * @throws {OptionError} for a filter, which latents have none of.
 */
export function compileFlowHead(
  source: ProgramSource,
  { head, flow }: Pick<FlowSource, 'head' | 'flow'>,
  { sampling, positions }: { readonly sampling: SamplingOptions; readonly positions: number },
): Dispatch[] {
  const compiler = new BlockCompiler(source, positions);
  const own = { head, flow, compiler };
  const { channels, steps } = head;
  const latents = { regions: flow, channels, positions, steps };
  const blocks = head.blocks.flatMap((_, index) => compileBlock(own, index));
  const [input, velocity] = [compileInput(own), compileVelocity(own)];
  return [
    compileNoise(source, latents, flowTemperature(sampling)),
    ...compiler.finalNormed(head.condition, {
      name: 'flow condition',
      source: 'rows',
      ending: { kind: 'store' },
      outputs: head.width / 4,
      fields: { x: source.regions.x, out: flow.condition },
    }),
    ...Array.from({ length: steps }, (_, step) => [
      compileModulation(own, step),
      input,
      ...blocks,
      ...velocity,
      compileEulerStep(source, latents, step),
    ]).flat(),
  ];
}

/** The vectors of all norms of a row from `silu(embedded hidden state + embedded time)`. */
function compileModulation({ head, flow, compiler }: FlowSource, step: number): Dispatch {
  return compiler.product(head.modulation, {
    name: 'flow modulation',
    source: 'timed',
    ending: { kind: 'store' },
    outputs: head.modulation.outputs / 4,
    fields: {
      x: flow.condition,
      time: flow.times + (step * head.width) / 4,
      out: flow.modulation,
    },
  });
}

function compileInput({ head, flow, compiler }: FlowSource): Dispatch {
  return compiler.product(head.input, {
    name: 'flow input',
    source: 'rows',
    ending: { kind: 'store' },
    outputs: head.width / 4,
    fields: { x: flow.moving, out: flow.rows },
  });
}

function compileBlock({ head, flow, compiler }: FlowSource, index: number): Dispatch[] {
  const { up, down } = head.blocks[index];
  const outputs = head.width / 4;
  const vectors = vectorsOf({ head, flow }, 3 * index);
  return [
    ...compiler.rowNormed(up, vectors, {
      name: 'flow up',
      source: 'rows',
      ending: { kind: 'activate', activation: activationNumber(silu) ?? 0, isGated: false },
      outputs,
      fields: { x: flow.rows, out: flow.inner },
    }),
    {
      ...compiler.product(down, {
        name: 'flow down',
        source: 'rows',
        ending: { kind: 'residual', hasGate: true },
        outputs,
        fields: {
          x: flow.inner,
          out: flow.rows,
          gate: vectors.gate,
          conditionStride: vectors.stride,
        },
      }),
      isRowByRow: true,
    },
  ];
}

function compileVelocity({ head, flow, compiler }: FlowSource): Dispatch[] {
  return compiler.rowNormed(head.output, vectorsOf({ head, flow }, 3 * head.blocks.length), {
    name: 'flow velocity',
    source: 'rows',
    ending: { kind: 'store' },
    outputs: head.channels / 4,
    fields: { x: flow.rows, out: flow.velocity },
  });
}

/** Where the vectors of a norm lie in the modulation of a row: factor, offset and gate from a vector on. */
function vectorsOf({ head, flow }: Pick<FlowSource, 'head' | 'flow'>, first: number): RowVectors {
  const width = head.width / 4;
  const factor = flow.modulation + first * width;
  const stride = head.modulation.outputs / 4;
  return {
    factor,
    offset: factor + width,
    gate: factor + 2 * width,
    stride,
    epsilon: denoisingEpsilon,
  };
}
