import { makePlan, nearToFar, nextFrame, nextScale, randomOrder, raster } from '@nextx/core';
import type { Plan } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../terminal/usage-error.ts';
import { planSvg } from './draw-plan.ts';

const plans: readonly Plan[] = [
  raster({ sides: [2, 3] }),
  raster({ sides: [128, 128] }),
  nextScale([1, 2, 3]),
  nextFrame({ frames: 60, sides: [8, 8] }),
  randomOrder({ sides: [4, 4], steps: 3, key: [0, 0] }),
];

describe('planSvg', () => {
  it.each(plans.map((plan) => [plan.positions.length, plan.name, plan] as const))(
    'draws %i positions of %s as well-formed XML of bounded size, the same every time',
    (_, __, plan) => {
      const svg = planSvg(plan);

      expect(unclosedTags(svg)).toEqual([]);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg.length).toBeLessThan(100_000);
      expect(planSvg(plan)).toBe(svg);
    },
  );

  it('paints as many cells and seen pairs as the plan has', () => {
    const svg = planSvg(nearToFar({ sides: [2, 2] }));

    const [order, mask] = svg.split('mask:').map(paintedArea);
    expect(order).toBe(4);
    // Steps of 1, 2 and 1 positions: 1 sees itself, 2 see 3, the last all 4.
    expect(mask).toBe(1 + 2 * 3 + 4);
  });

  it('paints what a position sees of its own step, and nothing later', () => {
    const plan = makePlan({
      name: 'alone',
      positions: Int32Array.of(0, 1, 2),
      stepStarts: [0, 1, 3],
      coordinates: Float32Array.of(0, 1, 2),
      rank: 1,
      visibility: { kind: 'previous-and-self' },
    });

    expect(paintedArea(planSvg(plan).split('mask:')[1])).toBe(1 + 2 + 2);
  });

  it('writes the number of its step into each cell, and the label above a map of one step', () => {
    const numbered = planSvg(nearToFar({ sides: [2, 2] }));
    const labelled = planSvg(nextScale([1, 2]));

    expect(numbered.match(/class="n"[^>]*>\d</g)).toHaveLength(4);
    expect(labelled).not.toContain('class="n"');
    expect(labelled).toContain('>step 1</text>');
  });

  it('says what it leaves out', () => {
    const large = planSvg(raster({ sides: [128, 128] }));
    const long = planSvg(nextFrame({ frames: 60, sides: [2, 2] }));

    expect(large).toContain('the earliest of 4 a cell');
    expect(large).toContain('mask: not drawn, 16384 positions are more than 2048');
    expect(long).toContain('48 of 60 maps');
  });

  it('refuses plans of more than 2^18 positions', () => {
    expect(() => planSvg(raster({ sides: [2 ** 18 + 1] }))).toThrow(UsageError);
  });

  it('escapes the name of a plan', () => {
    expect(planSvg({ ...raster({ sides: [1] }), name: 'a<b & "c"' })).toContain(
      '<title>a&lt;b &amp; &quot;c&quot;: 1 positions',
    );
  });
});

/** Names of tags that are not closed in their order. */
function unclosedTags(xml: string): string[] {
  const open: string[] = [];
  for (const [, closing, name, single] of xml.matchAll(
    /<(\/?)(\w+)(?:\s[\w-]+="[^"<>]*")*(\/?)>/g,
  )) {
    if (closing === '') {
      if (single === '') open.push(name);
    } else if (open.pop() !== name) return [name];
  }
  const text = xml.replace(/<[^<>]*>/g, '');
  return /[<>]/.test(text) ? ['<'] : open;
}

/** Area of all filled rectangles of paths, in cells. */
function paintedArea(svg: string): number {
  const sizes = [...svg.matchAll(/h(\d+)v(\d+)h-/g)];
  return sizes.reduce((sum, [, width, height]) => sum + Number(width) * Number(height), 0);
}
