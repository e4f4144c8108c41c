import { UnsupportedError } from '@nextx/core';
import type { SequenceModel } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { openWebgpuExecutor } from './open-webgpu-executor.ts';

/** A model that no kernel is made for: only its lack of a network is looked at. */
const opaque = {} as SequenceModel;

describe('openWebgpuExecutor', () => {
  it('says what to install where there is no adapter', async () => {
    // The only method that is called.
    const gpu = { requestAdapter: async () => null } as unknown as GPU;

    const opening = openWebgpuExecutor(opaque, {}, async () => gpu);

    await expect(opening).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(opening).rejects.toThrow('libvulkan1');
  });

  it('says what to install where the package webgpu does not load', async () => {
    const missing = new UnsupportedError(
      'webgpu: the package webgpu must load, it did not. Get it.',
    );

    await expect(openWebgpuExecutor(opaque, {}, () => Promise.reject(missing))).rejects.toBe(
      missing,
    );
  });

  it('says that no device was given, and of which adapter', async () => {
    const adapter = {
      info: { vendor: 'a', description: 'card', isFallbackAdapter: false },
      features: new Set(),
      limits: {},
      requestDevice: () => Promise.reject(new Error('a limit is missing')),
    };
    const gpu = { requestAdapter: async () => adapter } as unknown as GPU;

    const opening = openWebgpuExecutor(opaque, {}, async () => gpu);

    await expect(opening).rejects.toMatchObject({ code: 'OOM' });
    await expect(opening).rejects.toThrow('the adapter a card must give a device');
  });

  it('frees its device where the model cannot be run', async () => {
    let isFreed = false;
    const device = {
      lost: new Promise(() => {}),
      destroy: () => {
        isFreed = true;
      },
    };
    const adapter = {
      info: {},
      features: new Set(),
      limits: {},
      requestDevice: async () => device,
    };
    const gpu = { requestAdapter: async () => adapter } as unknown as GPU;

    await expect(openWebgpuExecutor(opaque, {}, async () => gpu)).rejects.toThrow(UnsupportedError);
    expect(isFreed).toBe(true);
  });
});
