import type { BenchRow } from './bench-row.ts';
import type { GpuFigures } from './gpu-figures.ts';
import type { Machine } from './machine.ts';

const titles = [
  'model',
  'engine',
  'threads',
  'batch',
  'tokens/s',
  'peer',
  'its threads',
  'its tokens/s',
  'ratio',
  'images/s',
  'its images/s',
  'peak MB',
  'its peak MB',
  'same tokens',
] as const;

/** A Markdown table, a row for each engine, its columns padded to one width; pictures a second only where there are any. */
export function renderRows(rows: readonly BenchRow[]): string {
  const hasPictures = rows.some(({ imagesPerSecond }) => imagesPerSecond !== undefined);
  const isShown = (column: number): boolean => hasPictures || !pictureColumns.includes(column);
  return table(
    titles.filter((_, column) => isShown(column)),
    rows.map((row) => cellsOf(row).filter((_, column) => isShown(column))),
  );
}

/** Places of the columns that need pixels. */
const pictureColumns: readonly number[] = [9, 10];

function cellsOf(row: BenchRow): string[] {
  return [
    row.model,
    row.engine,
    String(row.threads),
    String(row.batch),
    figure(row.tokensPerSecond),
    row.peer ?? '-',
    row.peerThreads === undefined ? '-' : String(row.peerThreads),
    figure(row.peerTokensPerSecond),
    row.ratio === undefined ? '-' : row.ratio.toFixed(2),
    figure(row.imagesPerSecond),
    figure(row.peerImagesPerSecond),
    row.peakMegabytes.toFixed(0),
    row.peerPeakMegabytes?.toFixed(0) ?? '-',
    row.equalTokens === undefined ? '-' : `${(row.equalTokens * 100).toFixed(1)} %`,
  ];
}

const gpuTitles = [
  'model',
  'format',
  'ms/step',
  'dispatches/step',
  'operations/step',
  'recording ms/step',
  'first tokens ms',
  'bandwidth ratio',
  'dispatch ratio',
  'GPU MB',
] as const;

/**
 * A Markdown table of what a GPU did: the bandwidth ratio is the share of the copy bandwidth at which weights and
 * cache are read, the dispatch ratio the time of a step over that of an empty dispatch for every operation.
 */
export function renderGpuRows(rows: readonly BenchRow[], figures: GpuFigures): string {
  const cells = new Map<string, string[]>();
  for (const { model, decoder, gpu } of rows) {
    if (gpu === undefined || !('format' in decoder)) continue;
    const { steps, dispatches, operations, bytesRead, seconds } = gpu;
    cells.set(`${model} ${decoder.format}`, [
      model,
      decoder.format,
      figure((1000 * seconds) / steps),
      (dispatches / steps).toFixed(0),
      (operations / steps).toFixed(0),
      figure((1000 * gpu.encodeSeconds) / steps),
      figure(1000 * gpu.firstStepSeconds),
      (bytesRead / seconds / figures.copyBytesPerSecond).toFixed(2),
      (seconds / operations / figures.emptyDispatchSeconds).toFixed(2),
      figure(gpu.memoryBytes / 1e6),
    ]);
  }
  return table(gpuTitles, [...cells.values()]);
}

/** One sentence on the GPU and its best. */
export function renderGpu({
  adapter,
  emptyDispatchSeconds,
  copyBytesPerSecond,
}: GpuFigures): string {
  const microseconds = (1e6 * emptyDispatchSeconds).toFixed(2);
  return `GPU: ${adapter}; an empty dispatch takes ${microseconds} us, copies move ${figure(copyBytesPerSecond / 1e9)} GB/s.`;
}

function table(header: readonly string[], cells: readonly string[][]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column].length)),
  );
  const line = (values: readonly string[], fill = ' '): string =>
    `| ${values.map((value, column) => value.padEnd(widths[column], fill)).join(' | ')} |`;
  return [
    line(header),
    line(
      header.map(() => ''),
      '-',
    ),
    ...cells.map((row) => line(row)),
  ].join('\n');
}

/** One sentence on where and when. */
export function renderMachine({ day, cpu, cores, memoryGigabytes, ...rest }: Machine): string {
  const [before, after] = rest.load;
  return (
    `Measured ${day} on ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${rest.system}, ` +
    `Node ${rest.node}; load average ${before.toFixed(2)} before and ${after.toFixed(2)} after.`
  );
}

/** What a busy machine does to the figures; empty where it was idle before. */
export function renderWarning({ load: [before] }: Machine): string {
  return before < idleLoad
    ? ''
    : 'Other programs were computing at the same time, so figures and ratios are provisional.';
}

/** Below this load average a machine counts as idle. */
const idleLoad = 1.5;

/** Three significant digits, a dash for nothing. */
function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
