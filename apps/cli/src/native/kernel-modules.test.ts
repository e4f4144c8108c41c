import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelModules } from './kernel-modules.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-kernels-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function module(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('kernelModules', () => {
  it('gives the kernels the very tfjs of the caller', async () => {
    const tfjs = { name: 'mine' };
    const path = await module('a.js', 'exports.tf = require("@tensorflow/tfjs");');

    expect(kernelModules(tfjs)(path)['tf']).toBe(tfjs);
  });

  it('evaluates each file once, also where two import each other', async () => {
    await module('b.js', 'exports.a = require("./a"); exports.n = (exports.n || 0) + 1;');
    const path = await module(
      'a.js',
      'exports.b = require("./b"); exports.again = require("./b.js");',
    );

    const a = kernelModules({})(path) as { b: { a: unknown; n: number }; again: unknown };

    expect(a.b).toBe(a.again);
    expect(a.b.a).toBe(a);
    expect(a.b.n).toBe(1);
  });

  it('gives back isNullOrUndefined to the kernels alone', async () => {
    const path = await module('a.js', 'exports.f = require("util").isNullOrUndefined;');

    const { f } = kernelModules({})(path) as { f: (x: unknown) => boolean };

    expect([null, undefined, 0, ''].map(f)).toEqual([true, true, false, false]);
  });

  it('refuses any other package', async () => {
    const path = await module('a.js', 'require("child_process");');

    expect(() => kernelModules({})(path)).toThrow('got "child_process"');
  });

  it('names the file in stack traces', async () => {
    const path = await module('a.js', '\nthrow new Error("inside");');

    expect(() => kernelModules({})(path)).toThrow(
      expect.objectContaining({ stack: expect.stringContaining(`${path}:2`) }),
    );
  });
});
