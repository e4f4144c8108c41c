import { describe, expect, it } from 'vitest';
import { lossCurveHtml, lossCurveSvg } from './loss-curve.ts';

const entries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ step: index + 1, loss: 1 / (index + 1) }));

function pointsOf(svg: string): string[] {
  return (/points="([^"]*)"/.exec(svg)?.[1] ?? '').split(' ');
}

describe('lossCurveSvg', () => {
  it('draws a point an update, from left to right', () => {
    const points = pointsOf(lossCurveSvg(entries(3), 'loss')).map((point) =>
      Number(point.split(',')[0]),
    );

    // 760 wide, 64 left of the axis, 16 right of it: 680 / 3 a step.
    expect(points).toEqual([290.7, 517.3, 744]);
  });

  it('averages many updates into at most 500 points', () => {
    expect(pointsOf(lossCurveSvg(entries(12_345), 'loss'))).toHaveLength(494);
  });

  it('leaves out losses that are no numbers, and survives having none', () => {
    const broken = [{ step: 1, loss: Number.NaN }];

    expect(lossCurveSvg(broken, 'loss')).not.toContain('NaN');
    expect(lossCurveSvg([], 'loss')).not.toMatch(/NaN|Infinity/);
  });

  it('writes a title as text', () => {
    expect(lossCurveSvg(entries(2), 'a<b & c')).toContain('a&lt;b &amp; c');
  });
});

describe('lossCurveHtml', () => {
  it('lists the validations', () => {
    const html = lossCurveHtml([{ step: 5, loss: 1, validation: { psnr: 20.123456 } }], 'loss');

    expect(html).toContain('<tr><th>step</th><th>psnr</th></tr><tr><td>5</td><td>20.123</td></tr>');
  });
});
