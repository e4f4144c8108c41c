import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

describe('the kernels in the package', () => {
  it('are what their sources compile to', async () => {
    const script = fileURLToPath(new URL('../../../assembly/build.mjs', import.meta.url));

    const run = promisify(execFile)(process.execPath, [script, '--check']);

    await expect(run).resolves.toEqual({ stdout: '', stderr: '' });
  });
});
