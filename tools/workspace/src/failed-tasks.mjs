import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes turbo's summaries of earlier runs.
 *
 * @param {string} root
 */
export function clearSummaries(root) {
  rmSync(join(root, '.turbo', 'runs'), { recursive: true, force: true });
}

/**
 * Names of the tasks that failed, from the summaries that `turbo run --summarize` wrote.
 *
 * @param {string} root
 * @returns {string[]} for example `['@nextx/core#build', '//#lint']`.
 */
export function failedTasks(root) {
  const folder = join(root, '.turbo', 'runs');
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.json'))
    : [];
  return files.flatMap((name) => {
    /** @type {{ tasks: { taskId: string, execution?: { exitCode: number | null } }[] }} */
    const { tasks } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return tasks
      .filter(({ execution }) => execution && execution.exitCode !== 0)
      .map((task) => task.taskId);
  });
}
