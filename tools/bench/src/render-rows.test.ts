import { describe, expect, it } from 'vitest';
import type { BenchRow } from './bench-row.ts';
import { renderGpuRows, renderMachine, renderRows, renderWarning } from './render-rows.ts';

const row: BenchRow = {
  model: 'var 6 x 384',
  engine: 'native',
  decoder: { executor: 'reference', engine: 'native' },
  batch: 8,
  threads: 2,
  rounds: 5,
  tokensPerSecond: 1234.4,
  imagesPerSecond: 9.4954,
  peakMegabytes: 512.3,
};

const machine = {
  day: '2026-01-02',
  cpu: 'Some CPU',
  cores: 2,
  memoryGigabytes: 16,
  node: '20.19.0',
  system: 'linux-x64',
  load: [0.5, 2],
} as const;

describe('renderRows', () => {
  it('prints a measured row and a row beside its peer in columns of one width', () => {
    const compared = {
      ...row,
      peer: 'PyTorch 2.9',
      peerThreads: 1,
      peerTokensPerSecond: 2468.8,
      peerImagesPerSecond: 20,
      peerPeakMegabytes: 400,
      ratio: 0.5,
      equalTokens: 1,
    };

    const lines = renderRows([row, compared]).split('\n');

    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells[2].slice(5, 10)).toEqual(['1234', '-', '-', '-', '-']);
    expect(cells[3].slice(5, 15)).toEqual([
      '1234',
      'PyTorch 2.9',
      '1',
      '2469',
      '0.50',
      '9.50',
      '20.0',
      '512',
      '400',
      '100.0 %',
    ]);
  });

  it('leaves pictures a second out where tokens alone were measured', () => {
    const { imagesPerSecond: _, ...drawn } = row;

    const [title, , line] = renderRows([drawn]).split('\n');

    expect(title).not.toContain('images/s');
    expect(
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(10, 12),
    ).toEqual(['512', '-']);
  });
});

describe('renderMachine', () => {
  it('names processor, Node and both loads', () => {
    expect(renderMachine(machine)).toBe(
      'Measured 2026-01-02 on Some CPU, 2 cores, 16 GB, linux-x64, Node 20.19.0; load average 0.50 before and 2.00 after.',
    );
  });
});

describe('renderWarning', () => {
  it('warns of a machine that was busy before the run, not of the load that the run makes', () => {
    expect(renderWarning(machine)).toBe('');
    expect(renderWarning({ ...machine, load: [1.5, 2] })).toContain('provisional');
  });
});

describe('renderGpuRows', () => {
  it('compares a step with an empty dispatch an operation, and what it reads with a copy', () => {
    const gpu = {
      adapter: 'a GPU',
      steps: 100,
      dispatches: 300,
      operations: 2000,
      bytesRead: 1e9,
      memoryBytes: 2e7,
      seconds: 0.02,
      firstStepSeconds: 0.001,
      encodeSeconds: 0.002,
    };
    const decoder = { executor: 'webgpu', format: 'f16' } as const;

    const table = renderGpuRows([{ ...row, decoder, gpu }], {
      adapter: 'a GPU',
      emptyDispatchSeconds: 5e-6,
      copyBytesPerSecond: 1e11,
    });

    // 0.02 s of 2,000 empty dispatches of 5 us; 1 GB in 0.02 s of 100 GB/s.
    const cells = table
      .split('\n')[2]
      .split('|')
      .map((cell) => cell.trim());
    expect(cells.slice(2, 10)).toEqual([
      'f16',
      '0.200',
      '3',
      '20',
      '0.0200',
      '1.00',
      '0.50',
      '2.00',
    ]);
  });
});
