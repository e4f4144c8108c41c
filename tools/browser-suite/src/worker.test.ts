import { setBackend } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { guidedTokens, tinyLlamaGen } from './tiny-model.ts';

describe('the webgpu executor in a worker', () => {
  it('draws the tokens of the reference on the page', async () => {
    await setBackend('cpu');
    const { model, dispose } = await tinyLlamaGen();
    const expected = await guidedTokens(model);
    dispose();

    const answer = await answerOfWorker();

    expect(new Set(expected).size).toBeGreaterThan(3);
    expect(answer).toEqual({ tokens: expected, isWorker: true });
  });
});

function answerOfWorker(): Promise<unknown> {
  const worker = new Worker(new URL('./generate.worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
  }).finally(() => worker.terminate());
}
