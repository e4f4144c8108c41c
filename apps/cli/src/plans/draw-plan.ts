import { describePlan, planLength, stepCount } from '@nextx/core';
import type { Plan } from '@nextx/core';
import { escapeMarkup } from '../escape-markup.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { mapsSquare } from './draw-maps.ts';
import { maskSquare, mostMaskPositions } from './draw-mask.ts';
import { planMaps } from './plan-maps.ts';
import type { PlanMaps } from './plan-maps.ts';
import { mostShades, shadeColor } from './step-colors.ts';

/** Most positions of a plan that is drawn. */
const mostPositions = 2 ** 18;

/** Pixels: the squares, the room around them, and what stands above and below. */
const side = 340;
const margin = 24;
const head = 64;
const foot = 56;
const width = 3 * margin + 2 * side;
const height = head + side + foot;

/**
 * A plan as an SVG picture: on the left the order, every position in the shade of its step; on the right the mask, which
 * position sees which. The same plan gives the same bytes.
 *
 * @throws {UsageError} for a plan of more than 2^18 positions.
 */
export function planSvg(plan: Plan): string {
  if (planLength(plan) > mostPositions) {
    throw new UsageError(
      `--svg draws plans of at most ${mostPositions} positions, this one has ${planLength(plan)}. Draw a smaller one of its kind.`,
    );
  }
  const maps = planMaps(plan);
  const title = escapeMarkup(describePlan(plan).split('\n', 1)[0]);
  const second = 2 * margin + side;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${title}</title>`,
    '<style>.s{font-size:11px}.n{font-size:9px;text-anchor:middle}</style>',
    gradient(),
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin}" y="24" font-size="15">${title}</text>`,
    `<text x="${margin}" y="50">order: ${orderCaption(maps)}</text>`,
    `<g transform="translate(${margin} ${head})">`,
    ...mapsSquare(maps, stepCount(plan), side),
    '</g>',
    ...maskPanel(plan, second),
    ...legend(stepCount(plan)),
    '</svg>',
    '',
  ].join('\n');
}

function orderCaption({ maps, factor, hidden }: PlanMaps): string {
  const cells = factor === 1 ? '' : `, the earliest of ${factor ** 2} a cell`;
  return `positions by step${cells}${hidden === 0 ? '' : `, ${maps.length} of ${maps.length + hidden} maps`}`;
}

function maskPanel(plan: Plan, x: number): string[] {
  const count = planLength(plan);
  if (count > mostMaskPositions) {
    return [
      `<text x="${x}" y="50">mask: not drawn, ${count} positions are more than ${mostMaskPositions}</text>`,
    ];
  }
  return [
    `<text x="${x}" y="50">mask: a position, down, sees those in color, across</text>`,
    `<g transform="translate(${x} ${head})">`,
    ...maskSquare(plan, side),
    '</g>',
  ];
}

function gradient(): string {
  const stops = Array.from({ length: 5 }, (_, index) => {
    const shade = (index / 4) * (mostShades - 1);
    return `<stop offset="${index / 4}" stop-color="${shadeColor(shade)}"/>`;
  });
  return `<linearGradient id="steps">${stops.join('')}</linearGradient>`;
}

/** The shades from the first step to the last. */
function legend(steps: number): string[] {
  const y = head + side + 20;
  return [
    `<rect x="${margin}" y="${y}" width="${side}" height="10" fill="url(#steps)"/>`,
    `<text x="${margin}" y="${y + 24}" class="s">step 0</text>`,
    ...(steps === 1
      ? []
      : [
          `<text x="${margin + side}" y="${y + 24}" class="s" text-anchor="end">step ${steps - 1}</text>`,
        ]),
  ];
}
