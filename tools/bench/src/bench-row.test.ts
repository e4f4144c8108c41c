import { describe, expect, it } from 'vitest';
import { benchNetworks } from './bench-network.ts';
import { benchRows, decoderRows } from './bench-row.ts';
import type { Contestant } from './contestants.ts';
import type { Measurement } from './measure.ts';

// 64 tokens a picture.
const [, network] = benchNetworks(true);

function measured(
  name: string,
  threads: number,
  times: readonly (readonly [tokens: number, pixels: number])[],
): Measurement {
  return {
    contestant: {
      name,
      threads,
      command: ['none'],
      ...kindOf(name),
    },
    version: '1.2',
    isWarmUp: false,
    generations: times.map(([tokensSeconds, pixelsSeconds], index) => ({
      tokensSeconds,
      pixelsSeconds,
      tokens: name === 'wasm' ? [1, 2, 3, 5] : [1, 2, 3, 4],
      meanPixel: 0,
      peakMegabytes: 100 + index,
    })),
  };
}

/** A contestant of nextx, or a peer that is compared with float32 and int8. */
function kindOf(name: string): Pick<Contestant, 'decoder' | 'peer'> {
  switch (name) {
    case 'native':
    case 'wasm':
      return { decoder: { executor: 'reference', engine: name } };
    case 'cpu int8':
      return { decoder: { executor: 'cpu', engine: 'wasm', format: 'int8' } };
    default:
      return {
        decoder: { executor: 'torch', device: 'cpu', format: 'f32', mode: 'eager' },
        peer: { library: 'PyTorch', comparedWith: ['f32', 'int8'] },
      };
  }
}

describe('benchRows', () => {
  it('divides tokens and pictures by the medians of their seconds', () => {
    const own = measured('native', 2, [
      [1, 9],
      [4, 0],
      [2, 2],
    ]);

    expect(benchRows({ network, batch: 2 }, [own])).toEqual([
      {
        model: 'llamagen 6 x 384',
        engine: 'native',
        decoder: { executor: 'reference', engine: 'native' },
        batch: 2,
        threads: 2,
        rounds: 3,
        tokensPerSecond: 64,
        imagesPerSecond: 0.5,
        peakMegabytes: 102,
      },
    ]);
  });

  it('compares an engine with the fastest peer that has no more threads', () => {
    const rows = benchRows({ network, batch: 1 }, [
      measured('native', 2, [[2, 0]]),
      measured('wasm', 1, [[8, 0]]),
      measured('torch', 2, [[1, 1]]),
      measured('torch', 1, [[4, 4]]),
      measured('torch', 4, [[0.1, 0]]),
    ]);

    expect(rows.map(({ engine, ratio, equalTokens }) => [engine, ratio, equalTokens])).toEqual([
      ['native', 0.5, 1],
      ['wasm', 0.5, 0.75],
    ]);
    expect(rows[1].peerImagesPerSecond).toBe(0.125);
  });

  it('takes the peer with fewer threads where that one is faster', () => {
    const [row] = benchRows({ network, batch: 1 }, [
      measured('native', 2, [[2, 0]]),
      measured('torch', 2, [[9, 0]]),
      measured('torch', 1, [[1, 0]]),
    ]);

    expect([row.peerThreads, row.ratio]).toEqual([1, 0.5]);
  });
});

describe('peers', () => {
  it('are named by library, release and format, each in a row of its own', () => {
    const other = measured('f32', 1, [[2, 0]]);
    const peer = { library: 'onnxruntime-node', comparedWith: ['f32'] };
    const rows = benchRows({ network, batch: 1 }, [
      measured('native', 2, [[2, 0]]),
      measured('eager f32', 2, [[1, 0]]),
      { ...other, contestant: { ...other.contestant, peer } },
    ]);

    expect(rows.map((row) => [row.peer, row.ratio])).toEqual([
      ['PyTorch 1.2 eager f32', 0.5],
      ['onnxruntime-node 1.2 f32', 1],
    ]);
  });
});

describe('decoderRows', () => {
  it('names executor, engine and format, and compares with tfjs-wasm of the same run', () => {
    const rows = benchRows({ network, batch: 1 }, [
      measured('wasm', 1, [[8, 0]]),
      measured('cpu int8', 2, [[2, 0]]),
      measured('torch', 1, [[4, 0]]),
    ]);

    const figures = decoderRows(rows).map((row) => [
      row.executor,
      row.engine,
      row.format,
      row.ratio,
      row.wasmRatio,
    ]);

    expect(figures).toEqual([
      ['reference', 'wasm', 'f32', 0.5, 1],
      ['cpu', 'wasm', 'int8', 2, 4],
    ]);
  });
});
