import { OptionError } from '@nextx/core';

/**
 * Refuses what no forecast can be as long as.
 *
 * @param caller  Named in the message.
 * @throws {OptionError} unless the horizon is a whole number of at least 1.
 */
export function assertHorizon(caller: string, horizon: number): void {
  if (Number.isInteger(horizon) && horizon >= 1) return;
  throw new OptionError(
    `${caller}: horizon must be a whole number of at least 1, got ${horizon}. Say how many values to forecast.`,
  );
}
