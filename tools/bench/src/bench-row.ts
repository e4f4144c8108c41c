import { tokensPerImage } from './bench-network.ts';
import type { BenchNetwork } from './bench-network.ts';
import type { Measurement } from './measure.ts';
import { equalShare, median } from './statistics.ts';

/** One engine of nextx beside its peer, on one network and batch. */
export interface BenchRow {
  readonly model: string;
  /** Name of the contestant. */
  readonly engine: string;
  /** Engine of its tfjs operations. */
  readonly tfjsEngine: string;
  /** Weights of the cpu executor; absent where tfjs operations decode. */
  readonly format?: string;
  readonly batch: number;
  /** Threads of the engine. */
  readonly threads: number;
  /** Generations after the warm-up that the medians are of. */
  readonly rounds: number;
  /** Tokens drawn in a second, all pictures together, by the transformer with its guidance. */
  readonly tokensPerSecond: number;
  /** Pictures in a second, tokens and the tokenizer's decoder together; absent where tokens alone are measured. */
  readonly imagesPerSecond?: number;
  readonly peakMegabytes: number;
  /** The peer and its release; absent, as all that follows, where it could not run. */
  readonly peer?: string;
  /** Threads of the peer, at most those of the engine: more of them are not always faster. */
  readonly peerThreads?: number;
  readonly peerTokensPerSecond?: number;
  readonly peerImagesPerSecond?: number;
  readonly peerPeakMegabytes?: number;
  /** `tokensPerSecond / peerTokensPerSecond`: above 1 nextx is faster. */
  readonly ratio?: number;
  /** Share of the tokens that both sides agree on, 0 to 1. */
  readonly equalTokens?: number;
}

/** A row of the decoder's benchmark, as its JSON has it. */
export interface DecoderRow {
  readonly model: string;
  readonly executor: 'cpu' | 'reference';
  /** Engine of the tfjs operations. */
  readonly engine: string;
  /** How the weights are stored. */
  readonly format: string;
  readonly tokensPerSecond: number;
  readonly peer: string | null;
  readonly peerTokensPerSecond: number | null;
  readonly ratio: number | null;
  /** Over the reference executor on tfjs-wasm, in the same run. */
  readonly wasmRatio: number | null;
}

/** The rows of a run as records of executor, engine and format. */
export function decoderRows(rows: readonly BenchRow[]): DecoderRow[] {
  return rows.map((row) => {
    const wasm = rows.find(
      ({ model, batch, engine }) => model === row.model && batch === row.batch && engine === 'wasm',
    );
    return {
      model: row.model,
      executor: row.format === undefined ? 'reference' : 'cpu',
      engine: row.tfjsEngine,
      format: row.format ?? 'f32',
      tokensPerSecond: row.tokensPerSecond,
      peer: row.peer ?? null,
      peerTokensPerSecond: row.peerTokensPerSecond ?? null,
      ratio: row.ratio ?? null,
      wasmRatio: wasm === undefined ? null : row.tokensPerSecond / wasm.tokensPerSecond,
    };
  });
}

/** One row for each engine of nextx; its peer is PyTorch with as many threads, or with fewer where that is faster. */
export function benchRows(
  { network, batch }: { readonly network: BenchNetwork; readonly batch: number },
  measurements: readonly Measurement[],
): BenchRow[] {
  const isPeer = ({ contestant }: Measurement): boolean => contestant.name === 'torch';
  return measurements
    .filter((measurement) => !isPeer(measurement))
    .map((own) => {
      const { name, threads, engine = name, format } = own.contestant;
      const [peer] = measurements
        .filter((other) => isPeer(other) && other.contestant.threads <= threads)
        .toSorted((a, b) => tokensSeconds(a) - tokensSeconds(b));
      const speed = speedOf(network, batch, own);
      const row = {
        model: network.name,
        engine: name,
        tfjsEngine: engine,
        ...(format && { format }),
        batch,
        threads,
        rounds: own.generations.length,
        ...speed,
      };
      return peer === undefined ? row : { ...row, ...peerColumns(own, peer, { network, batch }) };
    });
}

function peerColumns(
  own: Measurement,
  peer: Measurement,
  { network, batch }: { readonly network: BenchNetwork; readonly batch: number },
): Partial<BenchRow> {
  const speed = speedOf(network, batch, peer);
  return {
    peer: `PyTorch ${peer.version}`,
    peerThreads: peer.contestant.threads,
    peerTokensPerSecond: speed.tokensPerSecond,
    ...(speed.imagesPerSecond !== undefined && { peerImagesPerSecond: speed.imagesPerSecond }),
    peerPeakMegabytes: speed.peakMegabytes,
    ratio: speedOf(network, batch, own).tokensPerSecond / speed.tokensPerSecond,
    equalTokens: equalShare(own.generations[0].tokens, peer.generations[0].tokens),
  };
}

function speedOf(
  network: BenchNetwork,
  batch: number,
  { generations }: Measurement,
): Pick<BenchRow, 'tokensPerSecond' | 'imagesPerSecond' | 'peakMegabytes'> {
  const tokens = tokensSeconds({ generations });
  const whole = generations.flatMap(({ tokensSeconds: drawing, pixelsSeconds }) =>
    pixelsSeconds === undefined ? [] : [drawing + pixelsSeconds],
  );
  return {
    tokensPerSecond: (batch * tokensPerImage(network)) / tokens,
    ...(whole.length > 0 && { imagesPerSecond: batch / median(whole) }),
    peakMegabytes: Math.max(...generations.map(({ peakMegabytes }) => peakMegabytes)),
  };
}

function tokensSeconds({ generations }: Pick<Measurement, 'generations'>): number {
  return median(generations.map((generation) => generation.tokensSeconds));
}
