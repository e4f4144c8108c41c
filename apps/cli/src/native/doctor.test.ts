import { UnsupportedError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import type { EngineStatus } from '../engines/engine.ts';
import { doctor, renderDoctor, type DoctorWorld } from './doctor.ts';

const wasm: EngineStatus = { name: 'wasm', available: true, reason: 'part of this command' };
const noNative: EngineStatus = {
  name: 'native',
  available: false,
  reason: 'not installed',
  remedy: 'nextx native install',
};

const noGpu: EngineStatus = {
  name: 'webgpu',
  available: false,
  reason: 'no GPU adapter',
  remedy: 'install the driver',
};

function machine({ native = noNative, webgpu = noGpu, tools = true } = {}): DoctorWorld {
  return {
    run: async (program) =>
      tools || program === 'npm'
        ? { code: 0, stdout: `${program} 9\nmore`, stderr: '' }
        : { code: 127, stdout: '', stderr: '' },
    engines: async () => [native, webgpu, wasm],
    activate: async () => ({ name: 'wasm', version: '4.22.0', reason: 'fastest available' }),
  };
}

describe('doctor', () => {
  it('advises the native engine where everything for it is there', async () => {
    const { advice, active } = await doctor(machine());

    expect(active?.name).toBe('wasm');
    expect(advice).toHaveLength(1);
    expect(advice[0]).toContain('run "nextx native install"');
  });

  it('names what the native engine needs first', async () => {
    const { advice, tools } = await doctor(machine({ tools: false }));

    expect(tools.map(({ command }) => command)).toEqual([undefined, undefined, 'npm']);
    expect(advice[0]).toContain('get C++ compiler: Debian, Ubuntu: apt-get install g++');
    expect(advice).toHaveLength(3);
  });

  it('advises to renew a native engine that lacks operations', async () => {
    const native: EngineStatus = {
      name: 'native',
      available: true,
      reason: 'TensorFlow',
      remedy: 'nextx native install',
    };

    expect((await doctor(machine({ native }))).advice).toEqual([
      expect.stringMatching(/run "nextx native install": .*another release/),
    ]);
  });

  it('has nothing to advise where the native engine is installed', async () => {
    const native: EngineStatus = { name: 'native', available: true, reason: 'TensorFlow' };

    expect((await doctor(machine({ native }))).advice).toEqual([]);
  });

  it('says why no engine starts', async () => {
    const activate = async (): Promise<never> => {
      throw new UnsupportedError('wasm: broken.');
    };

    const report = await doctor({ ...machine(), activate });

    expect(report.active).toBeUndefined();
    expect(report.advice[0]).toBe('no engine starts: wasm: broken.');
  });
});

describe('renderDoctor', () => {
  it('says what is there, what is active and why, and what to do', async () => {
    const text = renderDoctor(await doctor(machine()));

    expect(text).toContain('active engine: wasm 4.22.0 (fastest available)\n');
    expect(text).toContain('  no   native  not installed; nextx native install\n');
    expect(text).toMatch(
      /yes {2}cpu {5}part of this command \(WebAssembly, (relaxed|plain) SIMD, \d+ thread/,
    );
    expect(text).toContain('  no   webgpu  no GPU adapter; install the driver\n\nfor');
    expect(text).toContain('  yes  C++ compiler: c++ (c++ 9)\n');
    expect(text).toContain('what to do:\n  - run "nextx native install"');
  });

  it('says on which adapter the webgpu executor runs, and when it is taken', async () => {
    const webgpu: EngineStatus = { name: 'webgpu', available: true, reason: 'a card' };

    const { executors } = await doctor(machine({ webgpu }));

    expect(executors[1]).toMatchObject({ name: 'webgpu', available: true });
    expect(executors[1].reason).toMatch(/^a card; taken with --engine webgpu/);
  });

  it('has no colors or control characters', async () => {
    // oxlint-disable-next-line no-control-regex
    expect(renderDoctor(await doctor(machine()))).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});
