import { describe, expect, it } from 'vitest';
import { turnOfEventLoop } from './turn-of-event-loop.ts';

describe('turnOfEventLoop', () => {
  it('lets what was scheduled before run', async () => {
    let hasRun = false;
    setImmediate(() => {
      hasRun = true;
    });

    await turnOfEventLoop();

    expect(hasRun).toBe(true);
  });
});
