import { foldIn, normals, uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';

/**
 * A positive series that the calendar of people makes, such as rides or loads by the hour: the profile of a day, another for
 * days off, a level that wanders, and noise on which all of it multiplies; at times whole numbers, as counts are.
 *
 * @returns `[length]`, not negative, the same for the same key.
 */
export function calendarSeries(key: Key, length: number): Float32Array {
  const [stepsPerDay, isWeekly, isCounted, size, noise, wander, phase, depth] = uniforms(
    foldIn(key, 0),
    8,
  );
  const day = [24, 24, 24, 24, 24, 48, 96, 12][Math.floor(8 * stepsPerDay)];
  const [workday, dayOff] = [dayProfile(foldIn(key, 1), day), dayProfile(foldIn(key, 2), day)];
  const shock = normals(foldIn(key, 3), length);
  const walk = levels(foldIn(key, 4), { length, day, strength: 0.6 * wander ** 2 });
  const offset = Math.floor(phase * 7 * day);
  const mean = 10 ** (0.3 + 3.2 * size);
  const floor = depth < 0.5 ? 0 : (depth - 0.5) * 2;
  return Float32Array.from({ length }, (_, time) => {
    const at = time + offset;
    const weekday = Math.floor(at / day) % 7;
    const profile = isWeekly < 0.75 && weekday >= 5 ? dayOff : workday;
    const rate = mean * Math.exp(walk[time]) * (floor + profile[at % day]);
    const value = rate * Math.exp((0.02 + 0.5 * noise ** 2) * shock[time]);
    return isCounted < 0.5 ? Math.round(value) : value;
  });
}

/** `[day]` values from 0 to about 1: up to three rushes of some width on a low base. */
function dayProfile(key: Key, day: number): Float64Array {
  const draws = uniforms(key, 12);
  const rushes = Array.from({ length: 1 + Math.floor(3 * draws[0]) }, (_, index) => ({
    at: draws[1 + 3 * index] * day,
    width: (0.03 + 0.17 * draws[2 + 3 * index]) * day,
    height: 0.3 + draws[3 + 3 * index],
  }));
  const base = 0.2 * draws[10] ** 2;
  return Float64Array.from({ length: day }, (_, time) =>
    rushes.reduce((sum, { at, width, height }) => {
      const distance = Math.min(Math.abs(time - at), day - Math.abs(time - at));
      return sum + height * Math.exp(-0.5 * (distance / width) ** 2);
    }, base),
  );
}

/** The logarithm of a level: a slow trend, and days that are better and worse than others. */
function levels(
  key: Key,
  {
    length,
    day,
    strength,
  }: { readonly length: number; readonly day: number; readonly strength: number },
): Float64Array {
  const days = Math.ceil(length / day) + 2;
  const steps = normals(foldIn(key, 0), days);
  const [persistence, slope] = uniforms(foldIn(key, 1), 2);
  const walk = new Float64Array(days);
  for (let at = 1; at < days; at += 1) {
    walk[at] = persistence * walk[at - 1] + strength * Math.sqrt(1 - persistence ** 2) * steps[at];
  }
  return Float64Array.from({ length }, (_, time) => {
    const at = Math.floor(time / day);
    const share = time / day - at;
    return (1 - share) * walk[at] + share * walk[at + 1] + (slope - 0.5) * (time / length);
  });
}
