import { describe, expect, it } from 'vitest';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { slowProgress } from './slow-progress.ts';

describe('slowProgress', () => {
  it('says nothing of work that is done within two seconds', () => {
    const world = capturedWorld();
    let time = 0;
    const progress = slowProgress(world, () => time);

    for (const done of [1, 2, 3]) {
      time += 700;
      progress.report({ label: 'read', done, total: 3 });
    }
    progress.end();

    expect(world.stderr()).toBe('');
  });

  it('shows longer work from the second second on, with the time that is left', () => {
    const world = capturedWorld();
    let time = 0;
    const progress = slowProgress(world, () => time);

    for (let done = 1; done <= 20; done++) {
      time += 1000;
      progress.report({ label: 'read', done, total: 20 });
    }

    const [first, second] = world.stderr().split('\n');
    expect(first).toBe('read: 2/20');
    // Five seconds later, at one a second.
    expect(second).toBe('read: 7/20  13 s left');
  });
});
