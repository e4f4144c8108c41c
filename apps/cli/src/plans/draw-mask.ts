import { planLength, stepCount, stepOfEach, visibleMask } from '@nextx/core';
import type { Plan } from '@nextx/core';
import { shadeColor, shadeOf } from './step-colors.ts';

/** Most positions whose mask is drawn; it has their square. */
export const mostMaskPositions = 2048;

/** A rectangle of seen keys, in positions. */
interface Seen {
  readonly shade: number;
  readonly row: number;
  readonly column: number;
  readonly width: number;
  height: number;
}

/**
 * Which position sees which, in generation order: queries from top to bottom in the shades of their steps, keys from left
 * to right.
 *
 * @param side  Of the square, in pixels.
 * @returns SVG elements.
 */
export function maskSquare(plan: Plan, side: number): string[] {
  const shades = new Map<number, Seen[]>();
  for (const seen of seenRectangles(plan)) {
    const own = shades.get(seen.shade) ?? [];
    own.push(seen);
    shades.set(seen.shade, own);
  }
  const scale = Number((side / planLength(plan)).toFixed(5));
  return [
    `<rect width="${side}" height="${side}" fill="#eee"/>`,
    `<g transform="scale(${scale})" shape-rendering="crispEdges">`,
    ...[...shades].map(([shade, own]) => {
      const path = own.map((seen) => rectanglePath(seen)).join('');
      return `<path fill="${shadeColor(shade)}" d="${path}"/>`;
    }),
    '</g>',
  ];
}

/** Runs of seen keys; those of neighbouring queries of one step that are the same are one. */
function seenRectangles(plan: Plan): Seen[] {
  const mask = visibleMask(plan);
  const steps = stepOfEach(plan);
  const count = steps.length;
  const found: Seen[] = [];
  let above: Seen[] = [];
  for (let row = 0; row < count; row++) {
    const shade = shadeOf(steps[row], stepCount(plan));
    const runs = runsOf(mask.subarray(row * count, (row + 1) * count));
    const isSame =
      runs.length === above.length &&
      runs.every(([column, width], index) => {
        const over = above[index];
        return over.shade === shade && over.column === column && over.width === width;
      });
    if (isSame) {
      for (const seen of above) seen.height++;
      continue;
    }
    above = runs.map(([column, width]) => ({ shade, row, column, width, height: 1 }));
    found.push(...above);
  }
  return found;
}

/** Begin and length of every run of ones. */
function runsOf(row: Uint8Array): [column: number, width: number][] {
  const runs: [number, number][] = [];
  for (let begin = row.indexOf(1); begin !== -1;) {
    const end = row.indexOf(0, begin);
    const width = (end === -1 ? row.length : end) - begin;
    runs.push([begin, width]);
    begin = row.indexOf(1, begin + width);
  }
  return runs;
}

/** A rectangle as a piece of a path. */
export function rectanglePath({
  column,
  row,
  width,
  height,
}: Pick<Seen, 'column' | 'row' | 'width' | 'height'>): string {
  return `M${column} ${row}h${width}v${height}h-${width}z`;
}
