import { describe, expect, it } from 'vitest';
import { formatSeconds, progressLine } from './progress.ts';

function drawn(isTerminal: boolean, columns = 80) {
  let text = '';
  let time = 0;
  const world = {
    err: (part: string) => {
      text += part;
    },
    isTerminal,
    columns,
  };
  const line = progressLine(world, () => time);
  const at = (milliseconds: number, done: number) => {
    time = milliseconds;
    line.report({ label: 'training', done, total: 100, unit: 'samples', note: 'loss 0.5' });
  };
  return { line, at, text: () => text };
}

describe('progressLine', () => {
  it('draws one line over itself on a terminal, with rate and time left', () => {
    const { line, at, text } = drawn(true);
    at(0, 0);
    at(1000, 25);
    line.end();

    expect(text().split('\r\u001b[2K')).toEqual([
      '',
      'training [                    ] 0/100  loss 0.5',
      'training [=====               ] 25/100  loss 0.5  25 samples/s  3 s left\n',
    ]);
  });

  it('leaves out drawings that come too fast', () => {
    const { at, text } = drawn(true);
    [0, 10, 20, 30].forEach((time) => at(time, time));

    expect(text().match(/training/g)).toHaveLength(1);
  });

  it('writes plain lines at most every five seconds elsewhere, and the last', () => {
    const { at, text } = drawn(false);
    for (let second = 0; second <= 10; second++) at(1000 * second, 10 * second);

    expect(text()).toBe(
      'training: 0/100  loss 0.5\n' +
        'training: 50/100  loss 0.5  10 samples/s  5 s left\n' +
        'training: 100/100  loss 0.5  10 samples/s\n',
    );
  });

  it.each([
    [99.6, '100'],
    [1234.5, '1235'],
    [5.25, '5.3'],
    [0.000012, '0.000012'],
  ])('writes a rate of %d as a plain number', (rate, shown) => {
    const { line, text } = drawn(false);
    line.report({ label: 'training', done: 1, total: 9, unit: 'samples', rate });

    expect(text()).toBe(`training: 1/9  ${shown} samples/s\n`);
  });

  it('writes neither colors nor cursor moves into a file', () => {
    const { line, at, text } = drawn(false);
    at(0, 0);
    line.print('step 1');
    line.end();

    const controls = text()
      .split('')
      .filter((one) => one < ' ' && one !== '\n');
    expect(controls).toEqual([]);
  });

  it('cuts lines to the width of the terminal', () => {
    const { at, text } = drawn(true, 44);
    at(0, 0);
    at(1000, 25);

    expect(
      Math.max(
        ...text()
          .split('\r\u001b[2K')
          .map((one) => one.length),
      ),
    ).toBe(43);
  });

  it('puts a line of its own above the progress', () => {
    const { line, at, text } = drawn(true);
    at(0, 0);
    line.print('step 500: psnr 20');

    expect(text().endsWith('\r\u001b[2Kstep 500: psnr 20\n')).toBe(true);
  });
});

describe('formatSeconds', () => {
  it.each([
    [42.4, '42 s'],
    [185, '3 min 05 s'],
    [7800, '2 h 10 min'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
