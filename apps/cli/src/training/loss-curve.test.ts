import { describe, expect, it } from 'vitest';
import { lossCurveHtml, lossCurveSvg } from './loss-curve.ts';

const entries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ step: index + 1, loss: 1 / (index + 1) }));

/** Ends of the pieces of the drawn line. */
function pointsOf(svg: string): string[] {
  return (/<path d="M([^"]*)"[^>]*><\/path>\s*<\/g>\s*<\/svg>/.exec(svg)?.[1] ?? '').split('L');
}

describe('lossCurveSvg', () => {
  it('draws a point an update, from left to right', async () => {
    const points = pointsOf(await lossCurveSvg(entries(3), 'loss'));

    // 760 wide, 60 left of the axis, 20 right of it: 680 / 3 a step.
    expect(points.map((point) => Math.round(Number(point.split(',')[0])))).toEqual([287, 513, 740]);
  });

  it('averages many updates into at most 500 points', async () => {
    expect(pointsOf(await lossCurveSvg(entries(12_345), 'loss'))).toHaveLength(494);
  });

  it('leaves out losses that are no numbers, and survives having none', async () => {
    const broken = [{ step: 1, loss: Number.NaN }];

    expect(await lossCurveSvg(broken, 'loss')).not.toContain('NaN');
    expect(await lossCurveSvg([], 'loss')).not.toMatch(/NaN|Infinity/);
  });

  it('writes a title as text', async () => {
    expect(await lossCurveSvg(entries(2), 'a<b & c')).toContain('a&lt;b &amp; c');
  });
});

describe('lossCurveHtml', () => {
  it('lists the validations below the curve', () => {
    const html = lossCurveHtml(
      '<svg/>',
      [{ step: 5, loss: 1, validation: { psnr: 20.123456 } }],
      'loss',
    );

    expect(html).toContain(
      '<svg/><table><tr><th>step</th><th>psnr</th></tr><tr><td>5</td><td>20.123</td></tr>',
    );
  });
});
