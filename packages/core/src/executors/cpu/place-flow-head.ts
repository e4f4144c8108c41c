import type { Tensor } from '@tensorflow/tfjs-core';
import { flowTimeTable } from '../../heads/flow-head.ts';
import { flowSizes } from '../../program/network.ts';
import type { NetworkHead } from '../../program/network.ts';
import type { WeightFormat } from '../weight-format.ts';
import { placeLinear, placeNorm } from './place-layers.ts';
import type { PlacedNorm } from './place-layers.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';
import type { Address } from './records.ts';

/** A flow head of width `W` in the machine's memory. */
export interface PlacedFlowHead {
  readonly kind: 'flow';
  readonly steps: number;
  readonly width: number;
  readonly channels: number;
  /** Embedded times of the Euler steps, `[steps, W]`. */
  readonly times: Address;
  readonly input: PlacedMatrix;
  readonly condition: PlacedMatrix;
  readonly blocks: readonly {
    readonly norm: PlacedNorm;
    readonly modulation: PlacedMatrix;
    readonly up: PlacedMatrix;
    readonly down: PlacedMatrix;
  }[];
  readonly finalModulation: PlacedMatrix;
  readonly output: PlacedMatrix;
}

/**
 * Places the weights of a flow head, and the times of its steps, which no token changes.
 *
 * @param owned  Receives the tensor of the times, to be freed once the placer has filled the memory.
 */
export function placeFlowHead(
  placer: WeightPlacer,
  head: Extract<NetworkHead, { kind: 'flow' }>,
  { wanted, owned }: { readonly wanted: WeightFormat; readonly owned: Tensor[] },
): PlacedFlowHead {
  const { mlp, steps } = head;
  const { width, channels } = flowSizes(head);
  const times = flowTimeTable(mlp, steps);
  owned.push(times);
  return {
    kind: 'flow',
    steps,
    width,
    channels,
    times: placer.vector('flow times', times),
    input: placeLinear(placer, 'flow input', { ...mlp.input, wanted: 'f32' }),
    condition: placeLinear(placer, 'flow condition', { ...mlp.condition, wanted }),
    blocks: mlp.blocks.map(({ norm, modulation, up, down }, index) => {
      const name = (part: string) => `flow block ${index} ${part}`;
      return {
        norm: placeNorm(placer, name('norm'), norm),
        modulation: placeLinear(placer, name('modulation'), { ...modulation, wanted }),
        up: placeLinear(placer, name('up'), { ...up, wanted }),
        down: placeLinear(placer, name('down'), { ...down, wanted }),
      };
    }),
    finalModulation: placeLinear(placer, 'flow final modulation', {
      ...mlp.final.modulation,
      wanted,
    }),
    output: placeLinear(placer, 'flow output', { ...mlp.final.output, wanted }),
  };
}
