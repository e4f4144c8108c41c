import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { executorRecordSchema, recordedExecutor } from './executor-record.ts';

describe('recordedExecutor', () => {
  it.each([
    [{ name: 'webgpu', format: 'int8', cacheFormat: 'f16', adapter: 'a card' }],
    [{ name: 'cpu', format: 'bf16', build: 'relaxed', engineRows: 9 }],
  ])('asks for what was recorded: %j', (written) => {
    const record = z.parse(executorRecordSchema, JSON.parse(JSON.stringify(written)));

    expect(recordedExecutor(record)).toMatchObject(written);
  });

  it('asks for operations of the engine where none is recorded', () => {
    expect(recordedExecutor(undefined)).toEqual({ name: 'reference' });
  });

  it.each([
    [{ name: 'webgpu', format: 'bf16', cacheFormat: 'f16', adapter: 'a card' }],
    [{ name: 'cpu', format: 'f16', build: 'plain' }],
    [{ name: 'gpu', format: 'f32' }],
  ])('refuses %j', (written) => {
    expect(z.safeParse(executorRecordSchema, written).success).toBe(false);
  });
});
