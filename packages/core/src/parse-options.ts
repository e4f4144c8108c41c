import * as z from 'zod/mini';
import { OptionError } from './errors.ts';

const maxIssues = 10;
const maxValueLength = 80;

/**
 * Checks a value that came from a person or a file against a schema, and gives the schema's output (defaults filled in).
 *
 * @param where  What is being checked, as the message should begin: `"var"`, `"config.json"`.
 * @param schema  A `zod/mini` schema. Use `strictObject`, so that unknown keys are errors.
 * @param code  ARG for arguments, flags and request fields, CONFIG for the values of a config file.
 * @throws {OptionError} naming the path, what was expected and what came, of up to ten problems at once.
 */
export function parseOptions<Output>(
  where: string,
  schema: z.ZodMiniType<Output>,
  value: unknown,
  code: 'ARG' | 'CONFIG' = 'ARG',
): Output {
  const result = z.safeParse(schema, value, { error: z.locales.en().localeError });
  if (result.success) {
    return result.data;
  }
  const { issues } = result.error;
  const shown = issues.slice(0, maxIssues).map((issue) => describeIssue(issue, value));
  const more = issues.length > maxIssues ? ` (and ${issues.length - maxIssues} more)` : '';
  const remedy =
    code === 'ARG' ? 'Correct the value and call again.' : 'Correct the value in the file.';
  throw new OptionError(`${where}: ${shown.join('; ')}${more}. ${remedy}`, code, result.error);
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string {
  const path = formatPath(issue.path);
  const message = issue.message.replace(/^Invalid input: /, '');
  if (issue.code === 'unrecognized_keys') {
    return `${path}has unknown keys ${issue.keys.map((key) => shortJson(key)).join(', ')}`;
  }
  return `${path}${message}, got ${shortJson(valueAt(root, issue.path))}`;
}

function formatPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) {
    return '';
  }
  const steps = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `${steps.join('').replace(/^\./, '')}: `;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = Reflect.get(value, key);
  }
  return value;
}

function shortJson(value: unknown): string {
  const text = printable(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}...` : text;
}

function printable(value: unknown): string {
  if (typeof value === 'number' || value === undefined) {
    return String(value);
  }
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') {
    return `a ${typeof value}`;
  }
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}
