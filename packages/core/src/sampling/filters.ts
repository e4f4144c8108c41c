import { OptionError } from '../errors.ts';
import { drawCategorical } from '../random/draw.ts';
import { keepEpsilon, keepEta } from './keep-epsilon.ts';
import { keepMinP } from './keep-min-p.ts';
import { keepTopK } from './keep-top-k.ts';
import { keepTopP } from './keep-top-p.ts';
import { keepTypical } from './keep-typical.ts';
import { largestLogit, softmaxInPlace } from './softmax.ts';
import { applyTemperature } from './temperature.ts';

/** How a token is drawn from logits. Without any, from their softmax. */
export interface SamplingOptions {
  /** Divides the logits, 0 to 100; 0 takes the most probable token. @defaultValue 1 */
  readonly temperature?: number;
  /** Keeps the k most probable tokens and ties, a whole number; 0 keeps all. @defaultValue 0 */
  readonly topK?: number;
  /** Keeps the fewest tokens that hold this mass, 0 to 1; 0 and 1 keep all. @defaultValue 1 */
  readonly topP?: number;
  /** Drops tokens below this share of the most probable one, 0 to 1; 0 keeps all. @defaultValue 0 */
  readonly minP?: number;
  /** Keeps the most typical tokens that hold this mass, 0 to 1; 0 and 1 keep all. @defaultValue 1 */
  readonly typical?: number;
  /** Drops tokens below this probability, 0 to 1; 0 keeps all. @defaultValue 0 */
  readonly epsilon?: number;
  /** Drops tokens below a threshold that falls with the entropy, 0 to 1; 0 keeps all. @defaultValue 0 */
  readonly eta?: number;
}

const DEFAULTS: Required<SamplingOptions> = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  typical: 1,
  epsilon: 0,
  eta: 0,
};

/**
 * Sampling options from a person or a file, checked, with the defaults filled in.
 *
 * @throws {OptionError} (ARG) for a value that is no number or outside its range, or an unknown name.
 */
export function parseSamplingOptions(value: unknown): Required<SamplingOptions> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OptionError(
      `parseSamplingOptions: options must be an object, got ${shown(value)}. Pass {} for none.`,
    );
  }
  const options = { ...DEFAULTS };
  for (const [name, given] of Object.entries(value)) {
    if (given === undefined) continue;
    if (!isOptionName(name)) {
      throw new OptionError(
        `parseSamplingOptions: options must be among ${Object.keys(DEFAULTS).join(', ')}, got ${name}. Remove it.`,
      );
    }
    options[name] = parsedNumber(name, given);
  }
  return options;
}

/** Names of the filters that leave tokens out; the options must be in range. */
export function filtersIn(options: SamplingOptions): string[] {
  const { topK, topP, minP, typical, epsilon, eta } = { ...DEFAULTS, ...options };
  const isActive = {
    topK: topK > 0,
    topP: topP > 0 && topP < 1,
    minP: minP > 0,
    typical: typical > 0 && typical < 1,
    epsilon: epsilon > 0,
    eta: eta > 0,
  };
  return Object.entries(isActive).flatMap(([name, leavesOut]) => (leavesOut ? [name] : []));
}

/**
 * The law that a token is drawn from: temperature, then top-k, top-p, min-p, typical, epsilon and eta, then softmax.
 * Guidance and constraints come before, and filters are applied once.
 *
 * @param logits `[V]`, left as they are; entries of -infinity stay out.
 * @returns probabilities `[V]`; at least one is positive.
 * @throws {OptionError} (ARG) for a value outside its range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function filterLogits(
  logits: ArrayLike<number>,
  options: SamplingOptions = {},
): Float64Array {
  const { temperature, topK, topP, minP, typical, epsilon, eta } = { ...DEFAULTS, ...options };
  const row = new Float64Array(logits);
  // Checked once here, so that no filter in between meets NaN.
  largestLogit(row, 'filterLogits');
  applyTemperature(row, temperature);
  keepTopK(row, topK);
  keepTopP(row, topP);
  keepMinP(row, minP);
  keepTypical(row, typical);
  keepEpsilon(row, epsilon);
  keepEta(row, eta);
  return softmaxInPlace(row);
}

/**
 * Token drawn from a row of logits by inverse CDF over {@link filterLogits}.
 *
 * @param logits `[V]`, left as they are.
 * @param u uniform in [0, 1); temperature 0 does not depend on it.
 * @throws {OptionError} (ARG) for a value outside its range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function sampleRow(logits: ArrayLike<number>, options: SamplingOptions, u: number): number {
  if (options.temperature === 0) {
    filterLogits([0], options); // checks every option
    return greedy(logits);
  }
  return drawCategorical(filterLogits(logits, options), u);
}

/** Index of the largest logit, the lowest on ties: what temperature 0 leaves, without a copy of the row. */
function greedy(logits: ArrayLike<number>): number {
  const largest = largestLogit(logits, 'sampleRow');
  let index = 0;
  while (logits[index] !== largest) index++;
  return index;
}

function isOptionName(name: string): name is keyof SamplingOptions {
  return Object.hasOwn(DEFAULTS, name);
}

function parsedNumber(name: keyof SamplingOptions, value: unknown): number {
  const largest = name === 'temperature' ? 100 : 1;
  const isCount = name === 'topK';
  const isInRange =
    typeof value === 'number' &&
    (isCount ? Number.isSafeInteger(value) && value >= 0 : value >= 0 && value <= largest);
  if (!isInRange) {
    const range = isCount ? 'a whole number of at least 0' : `a number from 0 to ${largest}`;
    throw new OptionError(
      `parseSamplingOptions: ${name} must be ${range}, got ${shown(value)}. ` +
        `Leave it out for the default, ${DEFAULTS[name]}.`,
    );
  }
  return value;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
