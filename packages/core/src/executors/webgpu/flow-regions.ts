import { flowSizes } from '../../program/network.ts';
import type { NetworkHead } from '../../program/network.ts';

/** Where latents are made in one generation, in fours of the arena; R rows. */
export interface LatentRegions {
  /** `[R, channels]`: noise that becomes latents, and its velocity. */
  readonly moving: number;
  readonly velocity: number;
  /** Latents that are done, `[N, items, channels]`. */
  readonly done: number;
}

/** Where a flow head works besides; R rows of its width W. */
export interface FlowRegions extends LatentRegions {
  /** `[R, W]`: embedded hidden states, the residual stream, and what is between the two products of a block. */
  readonly condition: number;
  readonly rows: number;
  readonly inner: number;
  /** `[R, (3 blocks + 2) W]`: the vectors of every norm. */
  readonly modulation: number;
  /** Embedded times of the Euler steps, `[steps, W]`. */
  readonly times: number;
}

/** How many latents one generation makes. */
export interface LatentSizes {
  readonly rows: number;
  /** Latents of all positions and items. */
  readonly latents: number;
}

/** Reserves some values and gives their place. */
export type ReserveWords = (name: string, count: number) => number;

/** Reserves what the latents of any head need. */
export function latentRegions(
  words: ReserveWords,
  channels: number,
  { rows, latents }: LatentSizes,
): LatentRegions {
  return {
    moving: words('latents in the making', rows * channels),
    velocity: words('velocity', rows * channels),
    done: words('latents', latents * channels),
  };
}

/** Reserves everything that a flow head needs. */
export function flowRegions(
  words: ReserveWords,
  head: Extract<NetworkHead, { kind: 'flow' }>,
  sizes: LatentSizes,
): FlowRegions {
  const { mlp, steps } = head;
  const { rows } = sizes;
  const { width, channels } = flowSizes(head);
  return {
    condition: words('flow condition', rows * width),
    rows: words('flow rows', rows * width),
    inner: words('hidden flow rows', rows * width),
    modulation: words('flow vectors', rows * (3 * mlp.blocks.length + 2) * width),
    times: words('flow times', steps * width),
    ...latentRegions(words, channels, sizes),
  };
}
