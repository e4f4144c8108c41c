import { foldIn, normals, uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';

/** Uniform numbers in [0, 1), one after another. */
type Draw = () => number;

/** Periods that calendars make, in steps of some frequency. */
const commonPeriods = [4, 7, 12, 24, 30, 48, 52, 60, 96, 144, 168, 288, 336, 365];

/**
 * A series that nobody observed: a trend with bends, seasons with harmonics, autoregressive noise, and at times a shifted level,
 * spikes or a positive scale on which all of it multiplies. What a forecaster of any series trains on beside real ones
 * (Dooley et al. 2023, ForecastPFN, section 4).
 *
 * @returns `[length]`, finite, the same for the same key.
 */
export function syntheticSeries(key: Key, length: number): Float32Array {
  const draw = drawsOf(foldIn(key, 0));
  const values = new Float64Array(length);
  if (draw() < 0.7) addTrend(values, draw);
  if (draw() < 0.85) addSeasons(values, draw);
  addNoise(values, { draw, key: foldIn(key, 1) });
  if (draw() < 0.15) addShift(values, draw);
  if (draw() < 0.1) addSpikes(values, draw);
  const isMultiplied = draw() < 0.25;
  const [level, scale] = [20 * (draw() - 0.5), 10 ** (4 * draw() - 2)];
  return Float32Array.from(values, (value) =>
    isMultiplied ? scale * Math.exp(clamp(value / 2)) : scale * (value + level),
  );
}

/** Draws for the shape of one series; far fewer are needed. */
function drawsOf(key: Key): Draw {
  const numbers = uniforms(key, 128);
  let next = 0;
  return () => numbers[next++ % numbers.length];
}

/** A straight line with up to two bends. */
function addTrend(values: Float64Array, draw: Draw): void {
  const { length } = values;
  const slope = (draw() - 0.5) * 6;
  const bends = Array.from({ length: Math.floor(3 * draw()) }, () => ({
    at: draw() * length,
    change: (draw() - 0.5) * 8,
  }));
  for (let time = 0; time < length; time++) {
    values[time] += (slope * time) / length;
    for (const { at, change } of bends) {
      if (time > at) values[time] += (change * (time - at)) / length;
    }
  }
}

/** Up to three seasons of one to four harmonics each, whose strength may swell and fade. */
function addSeasons(values: Float64Array, draw: Draw): void {
  const { length } = values;
  const seasons = 1 + Math.floor(3 * draw() ** 2);
  for (let season = 0; season < seasons; season++) {
    const period = draw() < 0.7 ? pick(commonPeriods, draw) : 3 + draw() * (length / 3);
    const strength = 0.3 + 2 * draw();
    const swell = draw() < 0.3 ? 0.6 * draw() : 0;
    const swellPhase = 2 * Math.PI * draw();
    const harmonics = Array.from({ length: 1 + Math.floor(4 * draw()) }, (_, index) => ({
      frequency: (2 * Math.PI * (index + 1)) / period,
      amplitude: (strength * (0.5 + draw())) / (index + 1),
      phase: 2 * Math.PI * draw(),
    }));
    for (let time = 0; time < length; time++) {
      const share = 1 + swell * Math.sin((2 * Math.PI * time) / length + swellPhase);
      for (const { frequency, amplitude, phase } of harmonics) {
        values[time] += share * amplitude * Math.sin(frequency * time + phase);
      }
    }
  }
}

/** Stationary noise of the second order, from white to a slow walk; in one series of five with heavy tails. */
function addNoise(
  values: Float64Array,
  { draw, key }: { readonly draw: Draw; readonly key: Key },
): void {
  const strength = 0.02 + 0.8 * draw() ** 2;
  // Both roots inside the unit circle: coefficients by the partial autocorrelations.
  const [first, second] = [1.98 * draw() - 0.99, draw() < 0.5 ? 0 : 1.6 * draw() - 0.8];
  const [near, far] = [first * (1 - second), second];
  const isHeavy = draw() < 0.2;
  const deviation = Math.sqrt((1 - first ** 2) * (1 - second ** 2));
  let [before, last] = [0, 0];
  normals(key, values.length).forEach((normal, time) => {
    const shock = isHeavy ? (normal * (1 + normal ** 2)) / 3 : normal;
    const noise = near * last + far * before + deviation * shock;
    [before, last] = [last, noise];
    values[time] += strength * noise;
  });
}

/** From some time on the level is another. */
function addShift(values: Float64Array, draw: Draw): void {
  const from = Math.floor(draw() * values.length);
  const height = 4 * (draw() - 0.5);
  for (let time = from; time < values.length; time++) values[time] += height;
}

/** Single high values, at random or at even distances. */
function addSpikes(values: Float64Array, draw: Draw): void {
  const distance = 5 + Math.floor(draw() * 100);
  const isEven = draw() < 0.5;
  const height = 3 + 5 * draw();
  for (let time = Math.floor(draw() * distance); time < values.length;) {
    values[time] += height;
    time += isEven ? distance : 1 + Math.floor(2 * distance * draw());
  }
}

function pick(from: readonly number[], draw: Draw): number {
  return from[Math.floor(draw() * from.length)];
}

function clamp(exponent: number): number {
  return Math.max(-20, Math.min(20, exponent));
}
