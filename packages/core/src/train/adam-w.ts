import {
  add,
  concat,
  div,
  keep,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';

/** Settings of AdamW (Loshchilov and Hutter 2019). */
export interface AdamWOptions {
  /** @defaultValue 0.9 */
  readonly beta1?: number;
  /** @defaultValue 0.95 */
  readonly beta2?: number;
  /** @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** Largest global norm of the gradient; 0 leaves it. @defaultValue 1 */
  readonly clipNorm?: number;
  /** Decay of the moving average of the weights; 0 keeps none. @defaultValue 0 */
  readonly averageDecay?: number;
}

/** What one update depends on. */
export interface AdamWStep {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** Vectors of the optimizer: all weights one behind another, in the order of the variables. */
export type AdamWState = {
  weights: Tensor1D;
  firstMoment: Tensor1D;
  secondMoment: Tensor1D;
  /** Moving average of the weights. */
  average: Tensor1D;
};

/**
 * AdamW over one flat vector: a dozen operations a step whatever the number of weights, besides cutting the
 * result into the variables.
 */
export class AdamW {
  readonly #variables: readonly Variable[];
  readonly #options: Required<AdamWOptions>;
  readonly #decayed: Tensor1D;
  #state: AdamWState;
  #steps = 0;

  /** @param decayed  Whether weight decay applies to each variable. Variables are borrowed. */
  constructor(variables: readonly Variable[], decayed: readonly boolean[], options: AdamWOptions) {
    this.#variables = variables;
    this.#options = {
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      clipNorm: 1,
      averageDecay: 0,
      ...options,
    };
    const size = variables.reduce((total, variable) => total + variable.size, 0);
    this.#decayed = keep(decayMask(variables, decayed));
    const weights = flatten(variables);
    this.#state = {
      weights: keep(weights),
      firstMoment: keep(zeros([size])),
      secondMoment: keep(zeros([size])),
      average: keep(weights.clone()),
    };
  }

  /** Updates made so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The vectors as they are; borrowed from the optimizer until the next step. */
  get state(): Readonly<AdamWState> {
    return this.#state;
  }

  /** Gradients as one vector, in the order of the variables; zero where a variable has none. Owned by the caller. */
  flatGradient(gradients: NamedTensorMap): Tensor1D {
    return tidy(() =>
      concat(
        this.#variables.map((variable) => {
          const gradient: Tensor | undefined = gradients[variable.name];
          return gradient === undefined
            ? (zeros([variable.size]) as Tensor1D)
            : (reshape(gradient, [-1]) as Tensor1D);
        }),
      ),
    );
  }

  /**
   * One update.
   *
   * @param gradient  From `flatGradient`; borrowed.
   * @param rates  Learning rate, weight decay, and the norm of the gradient, which clipping needs.
   */
  step(gradient: Tensor1D, { learningRate, weightDecay, gradientNorm }: AdamWStep): void {
    const { beta1, beta2, epsilon, clipNorm, averageDecay } = this.#options;
    this.#steps++;
    // As PyTorch, with 1e-6 beside the norm.
    const shrink = clipNorm === 0 ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6));
    const next = tidy(() => {
      const { weights, firstMoment, secondMoment, average } = this.#state;
      const clipped = mul(gradient, shrink);
      const first = add(mul(firstMoment, beta1), mul(clipped, 1 - beta1));
      const second = add(mul(secondMoment, beta2), mul(square(clipped), 1 - beta2));
      const rate = learningRate / (1 - beta1 ** this.#steps);
      const root = add(sqrt(mul(second, 1 / (1 - beta2 ** this.#steps))), epsilon);
      const shrunk = sub(weights, mul(mul(weights, this.#decayed), learningRate * weightDecay));
      const moved = sub(shrunk, mul(div(first, root), rate));
      const averaged =
        averageDecay === 0
          ? moved.clone()
          : add(mul(average, averageDecay), mul(moved, 1 - averageDecay));
      return {
        weights: moved,
        firstMoment: first,
        secondMoment: second,
        average: averaged,
      } as AdamWState;
    });
    this.#replace(next);
  }

  /** Continues from saved vectors, of which it takes ownership. */
  restore(state: AdamWState, steps: number): void {
    this.#steps = steps;
    this.#replace(state);
  }

  /** Takes over values that were assigned to the variables by somebody else. */
  readVariables(): void {
    const weights = keep(flatten(this.#variables));
    this.#state.weights.dispose();
    this.#state = { ...this.#state, weights };
    if (this.#options.averageDecay !== 0) return;
    this.#state.average.dispose();
    this.#state = { ...this.#state, average: keep(weights.clone()) };
  }

  /** One variable's part of a vector; owned by the caller. */
  part(vector: Tensor1D, index: number): Tensor {
    const offset = this.#variables.slice(0, index).reduce((total, { size }) => total + size, 0);
    const { size, shape } = this.#variables[index];
    return tidy(() => reshape(slice(vector, offset, size), shape));
  }

  dispose(): void {
    for (const tensor of [this.#decayed, ...Object.values(this.#state)]) tensor.dispose();
  }

  #replace(next: AdamWState): void {
    const previous = this.#state;
    this.#state = next;
    for (const tensor of Object.values(next)) keep(tensor);
    for (const tensor of Object.values(previous)) tensor.dispose();
    this.#variables.reduce((offset, variable) => {
      const value = tidy(() => reshape(slice(next.weights, offset, variable.size), variable.shape));
      variable.assign(value);
      value.dispose();
      return offset + variable.size;
    }, 0);
  }
}

function flatten(tensors: readonly Tensor[]): Tensor1D {
  return tidy(() => concat(tensors.map((tensor) => reshape(tensor, [-1]) as Tensor1D)));
}

function decayMask(variables: readonly Variable[], decayed: readonly boolean[]): Tensor1D {
  const mask = new Float32Array(variables.reduce((total, { size }) => total + size, 0));
  variables.reduce((offset, { size }, index) => {
    mask.fill(decayed[index] ? 1 : 0, offset, offset + size);
    return offset + size;
  }, 0);
  return tensor1d(mask);
}
