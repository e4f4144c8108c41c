import type { ArgsDef } from 'citty';

/** Options of commands that read a series. */
export const seriesArgs: ArgsDef = {
  time: {
    type: 'string',
    valueHint: 'COLUMN',
    description: 'Column of the times, or several separated by commas, or none [found by itself].',
  },
  columns: {
    type: 'string',
    valueHint: 'A,B,...',
    description: 'Columns to forecast [all but the times].',
  },
  'date-order': {
    type: 'string',
    valueHint: 'ORDER',
    description: 'day-first or month-first, for dates such as 03/04/11.',
  },
  gaps: {
    type: 'string',
    valueHint: 'WHAT',
    default: 'refuse',
    description: 'Rows that are not there: refuse, or fill as missing values.',
  },
  missing: {
    type: 'string',
    valueHint: 'WHAT',
    default: 'error',
    description: 'Missing values: error, previous, linear or seasonal.',
  },
  season: {
    type: 'string',
    valueHint: 'N',
    description: 'Steps of a season [those of the frequency: 24 hours, 7 days, 12 months].',
  },
  context: { type: 'string', valueHint: 'N', description: 'Rows of the past that are read [all].' },
};
