import { describe, expect, it } from 'vitest';
import { runCommand } from './command.ts';

const node = process.execPath;

describe('runCommand', () => {
  it('gives both outputs and the exit status', async () => {
    const program = 'console.log("out"); console.error("err"); process.exitCode = 3';

    expect(await runCommand(node, ['-e', program])).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('gives 127 where there is no such program', async () => {
    expect((await runCommand('no-such-program-of-nextx', [])).code).toBe(127);
  });

  it('tells the signal that ended a program', async () => {
    const result = await runCommand(node, ['-e', 'process.kill(process.pid, "SIGKILL")']);

    expect(result).toMatchObject({ code: 128, endedBy: 'SIGKILL' });
  });

  it('gives each line as it comes, the last one without its end too', async () => {
    const lines: string[] = [];

    await runCommand(node, ['-e', 'process.stdout.write("a\\nb\\r\\nc")'], {
      onLine: (line) => lines.push(line),
    });

    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('ends the program when aborted, and rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const program = 'console.log("started"); setInterval(() => {}, 1000)';

    const running = runCommand(node, ['-e', program], {
      signal: controller.signal,
      onLine: () => controller.abort(reason),
    });

    await expect(running).rejects.toBe(reason);
  });

  it('starts nothing when already aborted', async () => {
    const running = runCommand(node, ['-e', ''], { signal: AbortSignal.abort(new Error('no')) });

    await expect(running).rejects.toThrow('no');
  });
});
