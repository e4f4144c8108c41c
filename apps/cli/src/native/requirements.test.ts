import { UnsupportedError } from '@nextx/core';
import { expect, it } from 'vitest';
import { assertSystem } from './requirements.ts';

it.each([
  ['cpu', 'win32', 'x64'],
  ['cpu', 'linux', 'ia32'],
  ['gpu', 'darwin', 'arm64'],
  ['gpu', 'linux', 'arm64'],
] as const)('refuses %s on %s-%s and names another engine', (variant, platform, arch) => {
  expect(() => assertSystem(variant, platform, arch)).toThrow(UnsupportedError);
  expect(() => assertSystem(variant, platform, arch)).toThrow('Use the engine webgpu or wasm');
});

it('accepts Linux on both processors', () => {
  expect(() => {
    assertSystem('cpu', 'linux', 'x64');
    assertSystem('cpu', 'linux', 'arm64');
    assertSystem('gpu', 'linux', 'x64');
  }).not.toThrow();
});
