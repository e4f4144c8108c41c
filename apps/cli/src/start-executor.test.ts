import { raster } from '@nextx/core';
import type { SequenceModel } from '@nextx/core';
import type { ImageModel } from '@nextx/image';
import { describe, expect, it } from 'vitest';
import type { ActiveEngine } from './engines/engine.ts';
import { readExecutor, startExecutor, type WantedExecutor } from './start-executor.ts';
import { capturedWorld } from './testing/captured-world.test-support.ts';

const one = { items: 1, isGuided: false };
/** A model that describes no network, so that no fused executor runs it; only its plan is looked at besides. */
const opaque = { model: { plan: raster({ sides: [2, 2] }) } as SequenceModel } as ImageModel;

async function started(wanted: WantedExecutor, name: ActiveEngine['name'], batch = one) {
  const world = capturedWorld();
  const engine = { name, version: '1', reason: 'asked for' };
  const executor = await startExecutor(opaque, wanted, { engine, world, batch });
  return { executor, err: world.stderr() };
}

describe('startExecutor', () => {
  it.each([
    ['webgpu', 'webgpu'],
    ['wasm', 'cpu'],
    ['native', 'cpu'],
  ] as const)('says why operations of %s decode by themselves', async (engine, executor) => {
    const { executor: none, err } = await started({ name: 'auto' }, engine);

    expect(none).toBeUndefined();
    expect(err).toBe(
      `executor: operations of the engine decode, because the ${executor} executor cannot run the model: the recipe does not describe its network as data\n`,
    );
  });

  it.each([
    [63, false, 'cannot run the model'],
    [64, false, 'a step has 64 rows, at which the native engine is faster'],
    [32, true, 'a step has 64 rows, at which the native engine is faster'],
  ])(
    'leaves steps of many rows to the native engine: %i items, guided %s',
    async (items, isGuided, reason) => {
      const { err } = await started({ name: 'auto' }, 'native', { items, isGuided });

      expect(err).toContain(reason);
    },
  );

  it('says nothing where operations of the engine were asked for', async () => {
    expect(await started({ name: 'reference' }, 'webgpu')).toEqual({
      executor: undefined,
      err: '',
    });
  });

  it.each(['cpu', 'webgpu'] as const)('refuses a model that %s cannot run', async (name) => {
    const starting = started({ name, format: 'f32' }, 'cpu');

    await expect(starting).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNSUPPORTED|NOT_FOUND)$/),
    });
  });
});

describe('readExecutor', () => {
  it('reads executor, format and threads', () => {
    expect(readExecutor({ executor: 'webgpu', format: 'f16' })).toEqual({
      name: 'webgpu',
      format: 'f16',
    });
    expect(readExecutor({ executor: 'cpu', format: 'bf16', threads: '2' })).toEqual({
      name: 'cpu',
      format: 'bf16',
      threads: 2,
    });
    expect(readExecutor({})).toEqual({ name: 'auto' });
  });
});
