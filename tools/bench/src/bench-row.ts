import { tokensPerImage } from './bench-network.ts';
import type { BenchNetwork } from './bench-network.ts';
import type { ContestantDecoder, GpuProgram } from './contestant-job.ts';
import type { Measurement } from './measure.ts';
import { equalShare, median } from './statistics.ts';

/** One contestant of nextx, beside one of its peers where there is any, on one network and batch. */
export interface BenchRow {
  readonly model: string;
  /** Name of the contestant. */
  readonly engine: string;
  readonly decoder: ContestantDecoder;
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
  /** What ran, and how long, where a GPU computed. */
  readonly gpu?: GpuRun;
  /** The peer and its release; absent, as all that follows, where there is none. */
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

/** A generation on a GPU: medians of the whole. */
export interface GpuRun extends GpuProgram {
  readonly seconds: number;
  /** Until the first tokens are on the host. */
  readonly firstStepSeconds: number;
  /** That the host spent recording commands. */
  readonly encodeSeconds: number;
}

/** A row of the decoder's benchmark, as its JSON has it. */
export interface DecoderRow {
  readonly model: string;
  readonly executor: ContestantDecoder['executor'];
  /** Engine of the tfjs operations; of the webgpu executor the GPU. */
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
      executor: row.decoder.executor,
      engine: 'engine' in row.decoder ? row.decoder.engine : (row.gpu?.adapter ?? row.engine),
      format: 'format' in row.decoder ? row.decoder.format : 'f32',
      tokensPerSecond: row.tokensPerSecond,
      peer: row.peer ?? null,
      peerTokensPerSecond: row.peerTokensPerSecond ?? null,
      ratio: row.ratio ?? null,
      wasmRatio: wasm === undefined ? null : row.tokensPerSecond / wasm.tokensPerSecond,
    };
  });
}

/**
 * A row for each contestant of nextx and each peer that it is compared with; of a peer with several thread counts, the
 * fastest that has no more threads than nextx, if there is one.
 */
export function benchRows(
  place: { readonly network: BenchNetwork; readonly batch: number },
  measurements: readonly Measurement[],
): BenchRow[] {
  return measurements.flatMap((own) => {
    if (own.contestant.peer !== undefined) return [];
    const peers = peersOf(own, measurements);
    const row = ownColumns(own, place);
    return peers.length === 0
      ? [row]
      : peers.map((peer) => ({ ...row, ...peerColumns(own, peer, place) }));
  });
}

function peersOf(own: Measurement, measurements: readonly Measurement[]): Measurement[] {
  const { decoder, threads } = own.contestant;
  const format = 'format' in decoder ? decoder.format : 'f32';
  const comparable = measurements.filter(({ contestant }) =>
    contestant.peer?.comparedWith.includes(format),
  );
  const equal = comparable.filter(({ contestant }) => contestant.threads <= threads);
  const fastest = new Map<string, Measurement>();
  for (const other of equal.length > 0 ? equal : comparable) {
    const name = peerName(other);
    const known = fastest.get(name);
    if (known === undefined || tokensSeconds(other) < tokensSeconds(known))
      fastest.set(name, other);
  }
  return [...fastest.values()];
}

function ownColumns(
  own: Measurement,
  { network, batch }: { readonly network: BenchNetwork; readonly batch: number },
): BenchRow {
  const { generations, gpu } = own;
  return {
    model: network.name,
    engine: own.contestant.name,
    decoder: own.contestant.decoder,
    batch,
    threads: own.contestant.threads,
    rounds: generations.length,
    ...speedOf(network, batch, own),
    ...(gpu && {
      gpu: {
        ...gpu,
        seconds: tokensSeconds(own),
        firstStepSeconds: median(generations.map((each) => each.firstStepSeconds ?? 0)),
        encodeSeconds: median(generations.map((each) => each.encodeSeconds ?? 0)),
      },
    }),
  };
}

function peerColumns(
  own: Measurement,
  peer: Measurement,
  { network, batch }: { readonly network: BenchNetwork; readonly batch: number },
): Partial<BenchRow> {
  const speed = speedOf(network, batch, peer);
  return {
    peer: peerName(peer),
    peerThreads: peer.contestant.threads,
    peerTokensPerSecond: speed.tokensPerSecond,
    ...(speed.imagesPerSecond !== undefined && { peerImagesPerSecond: speed.imagesPerSecond }),
    peerPeakMegabytes: speed.peakMegabytes,
    ratio: speedOf(network, batch, own).tokensPerSecond / speed.tokensPerSecond,
    equalTokens: equalShare(own.generations[0].tokens, peer.generations[0].tokens),
  };
}

/** Library, release, and how it computes. */
function peerName({ contestant, version }: Measurement): string {
  return [contestant.peer?.library, version, contestant.name].join(' ');
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
