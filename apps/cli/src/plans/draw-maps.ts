import { rectanglePath } from './draw-mask.ts';
import type { PlanMap, PlanMaps } from './plan-maps.ts';
import { shadeColor, shadeOf, textColor } from './step-colors.ts';

/** Smallest cells, in pixels, that have room for the number of their step, and that lines part. */
const leastNumbered = 15;
const leastParted = 4;
const largestCell = 85;
/** Pixels between maps, and above each for its label. */
const gap = 10;
const labelHeight = 14;

/** Where a map stands, in pixels. */
interface Shelved {
  readonly map: PlanMap;
  readonly x: number;
  readonly y: number;
}

/**
 * The maps of a plan in a square, cells in the shades of their steps, with the numbers of the steps where there is room.
 *
 * @param side  Of the square, in pixels.
 * @returns SVG elements.
 */
export function mapsSquare({ maps }: PlanMaps, steps: number, side: number): string[] {
  const cell = cellSize(maps, side);
  return shelve(maps, cell, side).shelved.flatMap(({ map, x, y }) => [
    ...(map.label === undefined
      ? []
      : [`<text x="${x}" y="${y - 4}" class="s">${map.label}</text>`]),
    `<g transform="translate(${x} ${y}) scale(${cell})" shape-rendering="crispEdges">`,
    ...paths(map, steps),
    ...lines(map, cell),
    '</g>',
    ...numbers(map, steps, { x, y, cell }),
  ]);
}

/** The largest cell, in quarters of a pixel, with which all maps stand in the square; a pixel or so in the worst case. */
function cellSize(maps: readonly PlanMap[], side: number): number {
  for (let cell = largestCell; cell > 0.25; cell -= 0.25) {
    const { width, height } = shelve(maps, cell, side);
    if (width <= side && height <= side) return cell;
  }
  return 0.25;
}

/** Puts maps beside each other, and below where the row is full. */
function shelve(
  maps: readonly PlanMap[],
  cell: number,
  side: number,
): { readonly shelved: readonly Shelved[]; readonly width: number; readonly height: number } {
  const shelved: Shelved[] = [];
  let [x, top, bottom, width] = [0, 0, 0, 0];
  for (const map of maps) {
    const needed = Math.max(map.columns * cell, map.label === undefined ? 0 : 6 * map.label.length);
    if (x > 0 && x + needed > side) {
      x = 0;
      top = bottom + gap;
    }
    const y = top + (map.label === undefined ? 0 : labelHeight);
    shelved.push({ map, x, y });
    width = Math.max(width, x + needed);
    bottom = Math.max(bottom, y + map.rows * cell);
    x += needed + gap;
  }
  return { shelved, width, height: bottom };
}

/** One path a shade, of runs of cells. */
function paths({ rows, columns, steps: cells }: PlanMap, steps: number): string[] {
  const byShade = new Map<number, string>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const step = cells[row * columns + column];
      let end = column + 1;
      while (end < columns && cells[row * columns + end] === step) end++;
      if (step !== -1) {
        const shade = shadeOf(step, steps);
        const run = rectanglePath({ column, row, width: end - column, height: 1 });
        byShade.set(shade, (byShade.get(shade) ?? '') + run);
      }
      column = end;
    }
  }
  return [...byShade].map(([shade, path]) => `<path fill="${shadeColor(shade)}" d="${path}"/>`);
}

/** Lines of about half a pixel between cells. */
function lines({ rows, columns }: PlanMap, cell: number): string[] {
  if (cell < leastParted || rows * columns === 1) return [];
  const across = Array.from({ length: rows - 1 }, (_, row) => `M0 ${row + 1}h${columns}`);
  const down = Array.from({ length: columns - 1 }, (_, column) => `M${column + 1} 0v${rows}`);
  const width = Number((0.5 / cell).toFixed(3));
  return [
    `<path d="${[...across, ...down].join('')}" stroke="#fff" stroke-width="${width}" shape-rendering="auto"/>`,
  ];
}

/** The step of each cell, unless the label says it for all. */
function numbers(
  { columns, steps: cells }: PlanMap,
  steps: number,
  { x, y, cell }: { readonly x: number; readonly y: number; readonly cell: number },
): string[] {
  if (cell < leastNumbered || new Set(cells).size === 1) return [];
  return Array.from(cells.entries()).flatMap(([at, step]) => {
    if (step === -1) return [];
    const left = x + ((at % columns) + 0.5) * cell;
    const top = y + (Math.floor(at / columns) + 0.5) * cell + 4;
    return [
      `<text x="${left}" y="${top}" class="n" fill="${textColor(shadeOf(step, steps))}">${step}</text>`,
    ];
  });
}
