import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearSummaries, failedTasks } from './failed-tasks.mjs';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nextx-tasks-'));
  mkdirSync(join(root, '.turbo', 'runs'), { recursive: true });
  const tasks = [
    { taskId: '//#lint', execution: { exitCode: 1 } },
    { taskId: '@nextx/core#build', execution: { exitCode: 0 } },
    { taskId: '@nextx/core#transit' },
  ];
  writeFileSync(join(root, '.turbo', 'runs', 'a.json'), JSON.stringify({ tasks }));
});

afterEach(() => rmSync(root, { recursive: true }));

describe('failedTasks', () => {
  it('names the tasks that ran and ended with another exit code than 0', () => {
    expect(failedTasks(root)).toEqual(['//#lint']);
  });

  it('names none of an earlier run', () => {
    clearSummaries(root);

    expect(failedTasks(root)).toEqual([]);
  });
});
