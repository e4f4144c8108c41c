import { drawChart } from '../charts/draw-chart.ts';
import { escapeMarkup } from '../escape-markup.ts';
import type { LogEntry } from './training-log.ts';

/** Points of the drawn line; more updates are averaged. */
const maxPoints = 500;

interface Point {
  readonly step: number;
  readonly loss: number;
}

/** The loss over the updates as an SVG file. */
export async function lossCurveSvg(entries: readonly LogEntry[], title: string): Promise<string> {
  const points = averaged(entries);
  const losses = points.map(({ loss }) => loss);
  const domain = [Math.min(0, ...losses), losses.length === 0 ? 1 : largestShown(losses)];
  return drawChart((plot) => [
    {
      height: 380,
      marginLeft: 60,
      x: { label: 'step', domain: [0, points.at(-1)?.step ?? 1] },
      y: { label: title, domain, clamp: true, grid: true },
      marks: [plot.lineY(points, { x: 'step', y: 'loss', stroke: '#2563eb' })],
    },
  ]);
}

/** The curve, drawn already, and the validations as a page of its own. */
export function lossCurveHtml(svg: string, entries: readonly LogEntry[], title: string): string {
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
${svg}${table}</html>
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

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(5)));
}
