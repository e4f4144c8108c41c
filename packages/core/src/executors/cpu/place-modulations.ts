import { dispose, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ProgramSource } from './compile-blocks.ts';
import type { Machine } from './machine.ts';
import type { Address } from './records.ts';

/** Writes what the condition decides for a whole generation: the start rows and the modulation of every norm. */
export async function placeModulations(
  machine: Machine,
  { network, regions }: ProgramSource,
  condition: Tensor,
): Promise<void> {
  const { parts, params } = network;
  const put = async (address: Address, tensor: Tensor): Promise<void> => {
    const values = await tensor.data<'float32'>();
    machine.floats(address, tensor.size).set(values);
  };
  const starts = network.starts(condition);
  try {
    await put(regions.starts, starts);
  } finally {
    starts.dispose();
  }
  const { modulation } = params;
  const { finalModulation } = regions;
  if (parts.modulation === undefined || modulation === undefined || finalModulation === undefined) {
    return;
  }
  const apply = parts.modulation.apply.bind(parts.modulation);
  const vectors = tidy(() => apply(modulation, condition as Tensor2D));
  try {
    for (const [index, block] of vectors.blocks.entries()) {
      for (const which of ['attention', 'mlp'] as const) {
        const addresses = regions.modulations[index][which];
        await put(addresses.scale, block[which].scale);
        await put(addresses.shift, block[which].shift);
        await put(addresses.gate, block[which].gate);
      }
    }
    await put(finalModulation.scale, vectors.final.scale);
    await put(finalModulation.shift, vectors.final.shift);
  } finally {
    dispose(vectors);
  }
}
