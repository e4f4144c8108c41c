import { describe, expect, it } from 'vitest';
import { describeProgram } from './describe-program.ts';
import type { ListedStep, ProgramListing } from './program-listing.ts';

const step: ListedStep = {
  positions: 1,
  rows: 2,
  operations: { embed: 1, qkv: 2 },
  weightBytes: 1500,
  cacheBytes: 64,
};
const listing: ProgramListing = {
  executor: 'webgpu',
  plan: 'raster',
  format: 'f16',
  cacheFormat: 'f16',
  items: 1,
  sequences: 2,
  steps: [
    { ...step, weightBytes: 1000 },
    step,
    { ...step, cacheBytes: 128 },
    { ...step, rows: 8, positions: 4, operations: { embed: 1 } },
  ],
  regions: [
    { name: 'qkv of block 0', kind: 'weights', bytes: 1024 },
    { name: 'qkv of block 1', kind: 'weights', bytes: 1024 },
    { name: 'rotary angles', kind: 'condition', bytes: 0 },
    { name: 'keys and values of block 0', kind: 'cache', bytes: 256 },
  ],
  formulas: [{ kind: 'cache', text: '2 · 32 · 4', bytes: 256 }],
  totalBytes: 2304,
};

describe('describeProgram', () => {
  it('prints runs of like steps, and memory by its kinds with regions of like names summed', () => {
    expect(describeProgram(listing).split('\n')).toEqual([
      'raster on webgpu: 4 steps, 10 dispatches; f16 weights, f16 cache; 1 item in 2 sequences',
      '',
      'step 0: 2 rows, 3 dispatches, reads 1,000 bytes of weights, 64 of the cache',
      '  embed 1, qkv 2',
      'steps 1 to 2: 2 rows, 3 dispatches, reads 1,500 bytes of weights, 64 to 128 of the cache',
      '  embed 1, qkv 2',
      'step 3: 8 rows, 1 dispatch, reads 1,500 bytes of weights, 64 of the cache',
      '  embed 1',
      '',
      'weights 2,048 bytes',
      '  qkv of block * (2): 2,048',
      'cache 256 bytes',
      '  2 · 32 · 4 = 256',
      '  keys and values of block *: 256',
      'total 2,304 bytes',
    ]);
  });
});
