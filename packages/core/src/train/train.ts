import {
  add,
  keep,
  mul,
  square,
  stack,
  sum,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import { DataError, NumericError } from '../errors.ts';
import { mapParams, namedParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import { trainingKey } from '../random/training-key.ts';
import { AdamW } from './adam-w.ts';
import type { AdamWOptions } from './adam-w.ts';
import { dataOrder } from './data-order.ts';
import { readTrainState, writeTrainState } from './train-state.ts';
import type { TrainState } from './train-state.ts';
import type { LossAndMetrics, Trainee } from './trainee.ts';

/** How to train. */
export interface TrainOptions extends AdamWOptions {
  readonly steps: number;
  /** Samples of one evaluation of the loss. */
  readonly batchSize: number;
  /** Evaluations whose gradients are averaged into one update. @defaultValue 1 */
  readonly accumulate?: number;
  /** Rate of each step, counted from 0. */
  readonly learningRateAt: (step: number) => number;
  /** @defaultValue 0.05 at every step */
  readonly weightDecayAt?: (step: number) => number;
  /** Initial weights excepted, everything random follows from it. */
  readonly seed: bigint;
  /** Steps between validations; 0 validates only at the end. @defaultValue 0 */
  readonly validateEvery?: number;
  /** Goes on from a saved state. */
  readonly resume?: TrainState;
  readonly signal?: AbortSignal;
}

/** One update done. */
export interface TrainProgress {
  /** Updates done, from 1. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly samplesPerSecond: number;
  /** Figures of held-out samples, at the steps that validate. */
  readonly validation?: Readonly<Record<string, number>>;
  /** Everything a later `resume` needs. Read it before asking for the next step. */
  readonly state: () => Promise<TrainState>;
  /** The weights as they are, or their moving average; borrowed until the next step. */
  readonly weights: (which: 'current' | 'average') => ParamTree;
}

/**
 * Trains by AdamW and yields after every update. Stopping is leaving the loop, or the signal; the state of the last
 * update can be saved at any yield and continued bit for bit on the same engine.
 *
 * @throws {NumericError} if the loss or the gradient is not finite, naming step, rate and the first weight that is not;
 *   nothing is updated by that step.
 * @throws {DataError} EMPTY if there are no samples.
 */
export async function* train(
  trainee: Trainee,
  options: TrainOptions,
): AsyncGenerator<TrainProgress, void, void> {
  if (trainee.count === 0) {
    throw new DataError('train: there must be samples, got none. Check the data folder.', 'EMPTY');
  }
  const params = mapParams(trainee.params, (tensor) => variable(tensor));
  const named = namedParams(params) as (readonly [string, Variable])[];
  const variables = named.map(([, value]) => value);
  const optimizer = new AdamW(
    variables,
    named.map(([path, value]) => trainee.decays?.(path, value) ?? value.rank >= 2),
    options,
  );
  const order = dataOrder(trainingKey(options.seed, 'order'), trainee.count);
  const noise = trainingKey(options.seed, 'dropout');
  const averages: Tensor[] = [];
  const dropAverages = () => averages.splice(0).forEach((tensor) => tensor.dispose());
  try {
    if (options.resume !== undefined) readTrainState(options.resume, optimizer, named);
    for (let step = optimizer.steps; step < options.steps; step++) {
      options.signal?.throwIfAborted();
      const started = performance.now();
      const learningRate = options.learningRateAt(step);
      const update = await updateOnce(trainee, {
        params,
        variables,
        optimizer,
        options,
        learningRate,
        step,
        order,
        key: foldIn(noise, step),
      });
      revise(trainee, { step, params, optimizer, key: foldIn(noise, step) });
      const seconds = (performance.now() - started) / 1000;
      const isLast = step + 1 === options.steps;
      const every = options.validateEvery ?? 0;
      const validation =
        isLast || (every > 0 && (step + 1) % every === 0)
          ? await trainee.validate?.(params)
          : undefined;
      yield {
        step: step + 1,
        steps: options.steps,
        ...update,
        learningRate,
        samplesPerSecond: (options.batchSize * (options.accumulate ?? 1)) / seconds,
        ...(validation && { validation }),
        state: () => writeTrainState(optimizer, named, options.seed),
        weights: (which) => {
          if (which === 'current') return params;
          dropAverages();
          let index = 0;
          return mapParams(params, () => {
            const part = optimizer.part(optimizer.state.average, index++);
            averages.push(part);
            return part;
          });
        },
      };
      dropAverages();
    }
  } finally {
    dropAverages();
    optimizer.dispose();
    variables.forEach((value) => value.dispose());
  }
}

interface UpdateContext {
  readonly params: ParamTree;
  readonly variables: Variable[];
  readonly optimizer: AdamW;
  readonly options: TrainOptions;
  readonly learningRate: number;
  readonly step: number;
  readonly order: (first: number, count: number) => Int32Array;
  readonly key: Key;
}

async function updateOnce(
  trainee: Trainee,
  context: UpdateContext,
): Promise<Pick<TrainProgress, 'loss' | 'metrics' | 'gradientNorm'>> {
  const { optimizer, options, learningRate, step } = context;
  const passes = options.accumulate ?? 1;
  let total: Tensor1D | undefined;
  let names: string[] = [];
  const sums: number[] = [];
  try {
    for (let pass = 0; pass < passes; pass++) {
      const result = evaluate(trainee, context, pass);
      names = result.names;
      const figures = await result.figures.data<'float32'>();
      result.figures.dispose();
      figures.forEach((value, index) => {
        sums[index] = (sums[index] ?? 0) + value / passes;
      });
      const previous: Tensor1D | undefined = total;
      total = tidy(() => {
        const part: Tensor1D = mul(result.gradient, 1 / passes);
        return previous === undefined ? part : add(previous, part);
      });
      previous?.dispose();
      result.gradient.dispose();
    }
    const gradient = total as Tensor1D;
    const squares = tidy(() => sum(square(gradient)));
    const gradientNorm = Math.sqrt((await squares.data())[0]);
    squares.dispose();
    if (![...sums, gradientNorm].every(Number.isFinite)) await refuse(context, sums[0]);
    const weightDecay = options.weightDecayAt?.(step) ?? 0.05;
    optimizer.step(gradient, { learningRate, weightDecay, gradientNorm });
    const metrics = Object.fromEntries(names.map((name, index) => [name, sums[index + 1]]));
    return { loss: sums[0], metrics, gradientNorm };
  } finally {
    total?.dispose();
  }
}

/** Loss, metrics and gradient of one pass. */
function evaluate(
  trainee: Trainee,
  { params, variables, optimizer, options, step, order, key }: UpdateContext,
  pass: number,
): { figures: Tensor1D; names: string[]; gradient: Tensor1D } {
  const passes = options.accumulate ?? 1;
  const indices = order((step * passes + pass) * options.batchSize, options.batchSize);
  let names: string[] = [];
  let metrics: Scalar[] = [];
  const [figures, gradient] = tidy(() => {
    const { value, grads } = variableGrads(() => {
      const result: LossAndMetrics = trainee.loss(params, indices, foldIn(key, pass));
      const entries = Object.entries(result.metrics ?? {});
      names = entries.map(([name]) => name);
      // variableGrads frees what its function leaves behind.
      metrics = entries.map(([, metric]) => keep(metric.clone()));
      return result.loss;
    }, variables);
    return [
      stack([value, ...metrics]) as Tensor1D,
      optimizer.flatGradient(grads as NamedTensorMap),
    ] as [Tensor1D, Tensor1D];
  });
  metrics.forEach((metric) => metric.dispose());
  return { figures, names, gradient };
}

function revise(
  trainee: Trainee,
  {
    step,
    params,
    optimizer,
    key,
  }: {
    readonly step: number;
    readonly params: ParamTree;
    readonly optimizer: AdamW;
    readonly key: Key;
  },
): void {
  const changes = trainee.revise?.(step, params, key);
  if (changes === undefined || changes.size === 0) return;
  for (const [path, tensor] of namedParams(params)) {
    const value = changes.get(path);
    if (value === undefined) continue;
    (tensor as Variable).assign(value);
    value.dispose();
  }
  optimizer.readVariables();
}

async function refuse({ params, learningRate, step }: UpdateContext, loss: number): Promise<never> {
  const path = await firstNonFinite(params);
  const where = path === undefined ? 'all weights are finite' : `first weight with NaN: ${path}`;
  throw new NumericError(
    `train: loss and gradient must be finite, got a loss of ${loss} at step ${step + 1} with learning rate ${learningRate} (${where}). Resume from the last checkpoint with a lower rate, and check the data.`,
  );
}

/** Path of the first weight that holds NaN or infinity. */
export async function firstNonFinite(params: ParamTree): Promise<string | undefined> {
  for (const [path, tensor] of namedParams(params)) {
    const values = await tensor.data();
    if (!(values as Float32Array).every(Number.isFinite)) return path;
  }
  return undefined;
}
