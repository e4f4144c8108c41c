import { cpus } from 'node:os';
import type { BenchNetwork } from './bench-network.ts';
import { ChildContestant } from './child-contestant.ts';
import type { Contestant } from './contestants.ts';
import { officialWeights } from './contestant-job.ts';
import type { GenerationAnswer, GpuProgram } from './contestant-job.ts';

/** All generations of one contestant. */
export interface Measurement {
  readonly contestant: Contestant;
  readonly version: string;
  /** What ran, where a GPU computed. */
  readonly gpu?: GpuProgram;
  /** Whether the contestant was too slow to draw again after its warm-up. */
  readonly isWarmUp: boolean;
  /** Without the first, which warms up; that one alone where it took too long. */
  readonly generations: readonly GenerationAnswer[];
}

/** What is measured together. */
export interface MeasureOptions {
  readonly network: BenchNetwork;
  readonly batch: number;
  /** Whether the tokens are decoded to pixels too. */
  readonly hasPixels: boolean;
  readonly contestants: readonly Contestant[];
  /** Folder that `writeWeights` filled. */
  readonly weights: string;
  /** Most rounds; at least one where the warm-up was not too slow. */
  readonly rounds: number;
  /** Seconds that a contestant may take for all its rounds; its first may take longer. */
  readonly secondsEach: number;
  /** A contestant whose warm-up took longer than this many seconds is not asked again. */
  readonly slowSeconds: number;
}

/** Starts all contestants, warms each up, and lets them generate in turns, so that all meet the same disturbances. */
export async function measure(options: MeasureOptions): Promise<Measurement[]> {
  const { network, batch, hasPixels, contestants, weights, rounds } = options;
  const job = { network, batch, hasPixels, weights, officialWeights: officialWeights(weights) };
  const children: ChildContestant[] = [];
  try {
    const results: {
      child: ChildContestant;
      warmUp: GenerationAnswer;
      rest: GenerationAnswer[];
    }[] = [];
    const warm = async (child: ChildContestant) => {
      results.push({ child, warmUp: await child.generate(), rest: [] });
    };
    const cores = cpus().length;
    // Loading takes one core.
    await inTurns(contestants, cores, async (contestant) => {
      children.push(await ChildContestant.start(contestant, job));
    });
    // Where they would be in each other's way, one by one.
    await inTurns(children, cores >= contestants.length ? cores : 1, warm);
    const place = ({ child }: { child: ChildContestant }) => contestants.indexOf(child.contestant);
    results.sort((a, b) => place(a) - place(b));
    for (let round = 0; round < rounds; round++) {
      for (const { child, warmUp, rest } of results) {
        if (mayDrawAgain(warmUp, rest, options)) rest.push(await child.generate());
      }
    }
    return results.map(({ child, warmUp, rest }) => ({
      contestant: child.contestant,
      version: child.ready.version,
      ...(child.ready.gpu && { gpu: child.ready.gpu }),
      isWarmUp: rest.length === 0,
      generations: rest.length === 0 ? [warmUp] : rest,
    }));
  } finally {
    await Promise.all(children.map((child) => child.end()));
  }
}

/** Works on all values, on so many at a time. */
async function inTurns<T>(
  values: readonly T[],
  atOnce: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const waiting = values.values();
  const worker = async (): Promise<void> => {
    for (const value of waiting) await work(value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Whether another round of a contestant fits into its seconds, as long as those before. */
function mayDrawAgain(
  warmUp: GenerationAnswer,
  rest: readonly GenerationAnswer[],
  { secondsEach, slowSeconds }: Pick<MeasureOptions, 'secondsEach' | 'slowSeconds'>,
): boolean {
  if (rest.length === 0) return secondsOf(warmUp) <= slowSeconds;
  const spent = rest.reduce((sum, answer) => sum + secondsOf(answer), 0);
  return spent + spent / rest.length <= secondsEach;
}

function secondsOf({ tokensSeconds, pixelsSeconds = 0 }: GenerationAnswer): number {
  return tokensSeconds + pixelsSeconds;
}
