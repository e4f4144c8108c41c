/**
 * Where two plain values differ, one line each: `batchSize: 32 now, 64 in the checkpoint`.
 *
 * @param path  Of the values in what they are part of.
 */
export function configDifferences(now: unknown, saved: unknown, path = ''): string[] {
  if (isPlain(now) && isPlain(saved)) {
    const names = new Set([...Object.keys(now), ...Object.keys(saved)]);
    return [...names].flatMap((name) =>
      configDifferences(now[name], saved[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return JSON.stringify(now) === JSON.stringify(saved)
    ? []
    : [`${path}: ${shown(now)} now, ${shown(saved)} in the checkpoint`];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
