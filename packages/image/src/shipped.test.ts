import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadShipped, shippedModels } from './shipped.ts';

describe('shippedModels', () => {
  it('lists folders of models by name, in order', async () => {
    const models = await shippedModels();

    expect(models.map(({ name }) => name)).toEqual(models.map(({ name }) => name).toSorted());
    for (const { folder } of models)
      expect(existsSync(join(folder, 'config.json')), folder).toBe(true);
  });
});

describe('loadShipped', () => {
  it.each(['no-such-model', '../src', ''])('refuses %j, which does not ship', async (name) => {
    await expect(loadShipped(name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
