/**
 * Falls from the peak along half a cosine to 0 at the last epoch; `learningRateAt` of core in units of epochs.
 *
 * @returns Learning rate at a time counted in epochs from 0.
 */
export function cosineEpochs(peak: number, epochs: number): (time: number) => number {
  return (time) => (peak * (1 + Math.cos((Math.PI * Math.min(time, epochs)) / epochs))) / 2;
}

/**
 * Halves after every epoch: `peak · 0.5^epoch`, the schedule "type1" of the long-horizon papers (Zhou et al. 2021, Informer).
 *
 * @returns Learning rate at a time counted in epochs from 0.
 */
export function halvingEpochs(peak: number): (time: number) => number {
  return (time) => peak * 0.5 ** Math.floor(time);
}
