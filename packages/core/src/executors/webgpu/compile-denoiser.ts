import { latentTemperature } from '../../heads/latent-sampling.ts';
import type { SamplingOptions } from '../../sampling/filters.ts';
import { BlockCompiler } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileEulerStep, compileNoise } from './compile-euler.ts';
import { latentRows } from './compile-inputs.ts';
import type { LatentRegions } from './flow-regions.ts';
import type { PlacedVelocity } from './place-network.ts';

/** One step that the backbone denoises. */
export interface DenoisedStep {
  readonly sampling: SamplingOptions;
  readonly positions: number;
  /** Whether steps follow, which see the rows of this one. */
  readonly isSeen: boolean;
}

/**
 * The dispatches of a step that the backbone denoises: noise, and per Euler step an evaluation of all blocks, the
 * velocity and the step itself. An evaluation leaves the keys and values of its rows behind those of the steps before,
 * where only the rows of this step look, and the next evaluation writes its own over them; at last the rows of the
 * finished latents do, which later steps see.
 *
 * @throws {OptionError} for a filter, which latents have none of.
 */
export function compileDenoiser(
  source: ProgramSource,
  { channels, steps, velocity }: PlacedVelocity,
  { sampling, positions, isSeen }: DenoisedStep,
): Dispatch[] {
  // A network whose backbone denoises has regions for its latents.
  const regions = source.regions.latents as LatentRegions;
  const latents = { regions, channels, positions, steps };
  const blocks = source.placed.blocks.length;
  const rows = latentRows(source, 'own', positions);
  const evaluation = (index: number): Dispatch[] => {
    const compiler = new BlockCompiler(source, positions, index);
    return [
      rows,
      ...Array.from({ length: blocks }, (_, block) => compiler.block(block)).flat(),
      ...compiler.finalNormed(velocity, {
        name: 'velocity',
        source: 'rows',
        ending: { kind: 'store' },
        outputs: channels / 4,
        fields: { x: source.regions.x, out: regions.velocity },
      }),
      compileEulerStep(source, latents, index),
    ];
  };
  return [
    compileNoise(source, latents, latentTemperature('denoiser', sampling)),
    ...Array.from({ length: steps }, (_, index) => evaluation(index)).flat(),
    ...(isSeen ? [rows, ...compileKept(new BlockCompiler(source, positions, steps), blocks)] : []),
  ];
}

/** The blocks of rows of which keys and values alone are wanted: the last one ends with these. */
function compileKept(compiler: BlockCompiler, blocks: number): Dispatch[] {
  const last = blocks - 1;
  return [
    ...Array.from({ length: last }, (_, block) => compiler.block(block)).flat(),
    ...compiler.heads(last),
  ];
}
