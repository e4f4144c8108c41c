import { describe, expect, it } from 'vitest';
import { parseSeriesCsv } from './series-csv.ts';

const rowsOfChunk = 10_000;

/** Hourly rows of one value without end, as text, each chunk some 250 KB. */
function* hourlyRows(chunks: number): Generator<string> {
  yield 'date,load\n';
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    let text = '';
    for (let row = 0; row < rowsOfChunk; row += 1) {
      const hour = chunk * rowsOfChunk + row;
      text += `${new Date(hour * 3_600_000).toISOString().slice(0, 16)},${hour % 24}.5\n`;
    }
    yield text;
  }
}

describe('a CSV stream', () => {
  it('of 30 MB needs the memory of the rows that are kept', async () => {
    const before = process.memoryUsage().arrayBuffers;

    const { values, timestamps = new Float64Array() } = await parseSeriesCsv(hourlyRows(130), {
      lastRows: 1000,
    });

    expect(values).toHaveLength(1000);
    expect(values.at(-1)).toBe(((130 * rowsOfChunk - 1) % 24) + 0.5);
    expect(timestamps[999]).toBe((130 * rowsOfChunk - 1) * 3_600_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });

  it('is refused where an open quote would swallow it', async () => {
    function* open(): Generator<string> {
      yield 'date,load\n2024-01-01,"1';
      for (;;) yield '0'.repeat(1 << 22);
    }

    await expect(parseSeriesCsv(open())).rejects.toMatchObject({ code: 'LIMIT' });
  });
});
