import { escapeMarkup } from '../escape-markup.ts';
import type { LogEntry } from './training-log.ts';

const width = 760;
const height = 380;
const margin = { left: 64, right: 16, top: 28, bottom: 40 };
/** Points of the drawn line; more updates are averaged. */
const maxPoints = 500;

interface Point {
  readonly step: number;
  readonly loss: number;
}

/** The loss over the updates as an SVG picture. */
export function lossCurveSvg(entries: readonly LogEntry[], title: string): string {
  const points = averaged(entries);
  const lastStep = Math.max(1, ...points.map(({ step }) => step));
  const losses = points.map(({ loss }) => loss);
  const most = losses.length === 0 ? 1 : largestShown(losses);
  const least = Math.min(0, ...losses);
  const x = (step: number) =>
    margin.left + (step / lastStep) * (width - margin.left - margin.right);
  const y = (loss: number) =>
    height -
    margin.bottom -
    ((Math.min(loss, most) - least) / (most - least || 1)) * (height - margin.top - margin.bottom);
  const line = points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
  const marks = [
    ...ticks(0, lastStep).map(
      (step) =>
        `<text x="${x(step).toFixed(1)}" y="${height - margin.bottom + 18}" text-anchor="middle">${step}</text>`,
    ),
    ...ticks(least, most).map(
      (loss) =>
        `<path d="M${margin.left} ${y(loss).toFixed(1)}H${width - margin.right}" stroke="#8884"/>` +
        `<text x="${margin.left - 8}" y="${(y(loss) + 4).toFixed(1)}" text-anchor="end">${Number(loss.toPrecision(3))}</text>`,
    ),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#888">`,
    `<text x="${margin.left}" y="18" font-size="14">${escapeMarkup(title)}</text>`,
    ...marks,
    `<text x="${width - margin.right}" y="${height - 6}" text-anchor="end">step</text>`,
    `<polyline fill="none" stroke="#3b82f6" stroke-width="1.5" points="${line.join(' ')}"/>`,
    '</svg>',
    '',
  ].join('\n');
}

/** The curve and the validations as a page of its own. */
export function lossCurveHtml(entries: readonly LogEntry[], title: string): string {
  const validations = entries.flatMap(({ step, validation }) =>
    validation === undefined ? [] : [{ step, validation }],
  );
  const names = [...new Set(validations.flatMap(({ validation }) => Object.keys(validation)))];
  const cells = (tag: string, values: readonly string[]) =>
    `<tr>${values.map((value) => `<${tag}>${escapeMarkup(value)}</${tag}>`).join('')}</tr>`;
  const rows = validations.map(({ step, validation }) =>
    cells('td', [String(step), ...names.map((name) => figure(validation[name]))]),
  );
  const table =
    rows.length === 0
      ? ''
      : `<table>${cells('th', ['step', ...names])}${rows.join('\n')}</table>\n`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escapeMarkup(title)}</title>
<style>:root{color-scheme:light dark}body{font:14px sans-serif;max-width:800px;margin:2em auto}td,th{padding:2px 12px;text-align:right}</style>
${lossCurveSvg(entries, title)}${table}</html>
`;
}

function averaged(entries: readonly LogEntry[]): Point[] {
  const finite = entries.filter(({ loss }) => Number.isFinite(loss));
  const size = Math.max(1, Math.ceil(finite.length / maxPoints));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, index) => {
    const group = finite.slice(index * size, (index + 1) * size);
    const loss = group.reduce((sum, entry) => sum + entry.loss, 0) / group.length;
    return { step: group[group.length - 1].step, loss };
  });
}

/** The first updates may be far above the rest: the axis ends at what nineteen in twenty stay under. */
function largestShown(losses: readonly number[]): number {
  const sorted = [...losses].sort((a, b) => a - b);
  const high = sorted[Math.floor(0.95 * (sorted.length - 1))];
  return Math.max(high * 1.2, Number.MIN_VALUE);
}

/** About five round values of a range. */
function ticks(least: number, most: number): number[] {
  const raw = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(least / step);
  const count = Math.floor(most / step) - first + 1;
  return Array.from({ length: count }, (_, index) =>
    Number(((first + index) * step).toPrecision(6)),
  );
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(5)));
}
