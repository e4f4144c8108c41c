import { OptionError, ResourceError, UnsupportedError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { activateEngine, type EngineName, type EngineStarters } from './engine.ts';

function fakeStarters(failing: Partial<Record<EngineName, Error>> = {}): EngineStarters {
  const make = (name: EngineName) => async () => {
    const failure = failing[name];
    if (failure !== undefined) throw failure;
    return { name, version: '1.2.3' };
  };
  return { native: make('native'), webgpu: make('webgpu'), wasm: make('wasm'), cpu: make('cpu') };
}

const notInstalled = new ResourceError('native: none.', 'NOT_FOUND');

describe('activateEngine', () => {
  it('takes the native engine by itself where it is installed', async () => {
    expect(await activateEngine('auto', {}, fakeStarters())).toEqual({
      name: 'native',
      version: '1.2.3',
      reason: 'fastest available',
    });
  });

  it('takes wasm by itself where native is not installed, and says how to install it', async () => {
    const active = await activateEngine('auto', {}, fakeStarters({ native: notInstalled }));

    expect(active.name).toBe('wasm');
    expect(active.reason).toContain('nextx native install');
  });

  it('reports why an installed native engine was passed over', async () => {
    const broken = new UnsupportedError('native: must load, got "libcudart missing".');

    const active = await activateEngine('auto', {}, fakeStarters({ native: broken }));

    expect(active.reason).toContain('libcudart missing');
  });

  it('tells what the engine says of how it runs', async () => {
    const starters = {
      ...fakeStarters(),
      native: async () => ({ name: 'native', version: '1', note: 'found no device' }) as const,
    };

    expect((await activateEngine('native', {}, starters)).reason).toBe(
      'asked for; found no device',
    );
  });

  it('takes plain JavaScript where nothing else starts', async () => {
    const failing = { native: notInstalled, wasm: new UnsupportedError('wasm: no.') };

    expect((await activateEngine('auto', {}, fakeStarters(failing))).name).toBe('cpu');
  });

  it('never takes WebGPU without being asked', async () => {
    const failing = { native: notInstalled };

    expect((await activateEngine('auto', {}, fakeStarters(failing))).name).not.toBe('webgpu');
    expect((await activateEngine('webgpu', {}, fakeStarters(failing))).name).toBe('webgpu');
  });

  it('does not fall back from an engine that was named', async () => {
    const starting = activateEngine('native', {}, fakeStarters({ native: notInstalled }));

    await expect(starting).rejects.toBe(notInstalled);
  });

  it('passes on an error that is not nextx own', async () => {
    const defect = new TypeError('x is undefined');

    await expect(activateEngine('auto', {}, fakeStarters({ native: defect }))).rejects.toBe(defect);
  });

  it.each([0, -1, 1.5, Number.NaN])('rejects %d threads', async (threads) => {
    await expect(activateEngine('auto', { threads }, fakeStarters())).rejects.toThrow(OptionError);
  });

  it('rejects an engine that does not exist and names those that do', async () => {
    const starting = activateEngine('cuda' as EngineName, {}, fakeStarters());

    await expect(starting).rejects.toThrow('auto, native, webgpu, wasm, cpu, got "cuda"');
  });

  it.each(['wasm', 'cpu'] as const)('starts %s with gradients', async (name) => {
    const active = await activateEngine(name);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor1d([1, -3]));

    expect(active).toEqual({ name, version: '4.22.0', reason: 'asked for' });
    expect(tf.getBackend()).toBe(name);
    expect([...(await gradient.data())]).toEqual([2, -6]);
  });
});
