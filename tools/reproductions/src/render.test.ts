import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseMeasured, withModel, type MeasuredModel } from './measured-model.ts';
import { renderReproductions } from './render.ts';
import { publishedSystems } from './systems.ts';

const docs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));

/** A model with round figures. */
function measured(name: string, recipe: string, evaluations: number): MeasuredModel {
  const real = { count: 100, realCount: 100, frechetPca64: 0.5 };
  return {
    evaluation: {
      date: '2026-01-31',
      command: `nextx evaluate --model ${name}`,
      machine: { processor: 'abacus', cores: 1, memoryGib: 2, node: '20.19.0', engine: 'cpu 1' },
      model: {
        name,
        recipe,
        checksum: 'ab'.repeat(32),
        parameters: 1000,
        tokenizerRecipe: `${recipe}-tokenizer`,
        tokenizerParameters: 2000,
      },
      data: { name: 'squares', trainCount: 100, testCount: 100, width: 8, channels: 3 },
      tokenizer: {
        psnr: 20.5,
        used: 0.75,
        perplexity: 12,
        bitsPerPixel: 0.5,
        tokensPerPicture: 49,
        distances: real,
      },
      sequence: { bitsPerPicture: 400, pictures: 100 },
      scale: { train: real, independentPixels: { ...real, frechetPca64: 30 } },
      distances: { ...real, frechetPca64: 1.25, guidance: 2 },
      search: [{ ...real, guidance: 2, frechetPca64: 1.5 }],
      speed: {
        guidance: 2,
        evaluations,
        tokens: 49,
        secondsPerPicture: 0.01,
        batch: 100,
        secondsAlone: 0.2,
      },
    },
    codecs: [
      {
        codec: 'webp',
        counting: 'file',
        targetBytes: 50,
        bytes: 62,
        psnr: 15.25,
        overBudget: 0.9,
        pictures: 10,
      },
    ],
  };
}

/** Without the spaces that align the columns of a table. */
function squeezed(page: string): string {
  return page.replace(/ {2,}/g, ' ');
}

describe('renderReproductions', () => {
  it('says of every system that it is not yet reproduced when nothing was measured', () => {
    const page = renderReproductions([], publishedSystems);

    expect(page.match(/not yet reproduced/g)).toHaveLength(publishedSystems.length);
    expect(page).not.toContain('## Tokenizers');
  });

  it('puts what was measured beside the claim', () => {
    const page = squeezed(renderReproductions([measured('little', 'var', 14)], publishedSystems));

    const row = page.split('\n').find((line) => line.startsWith('| VAR |'));
    expect(row).toContain('FID 3.55 (d16, 310M)');
    expect(row).toContain(
      'frechetPca64 1.25, 14 evaluations for 49 tokens, reconstruction 20.5 dB',
    );
    expect(page.match(/not yet reproduced/g)).toHaveLength(publishedSystems.length - 1);
  });

  it('sets systems on the same data side by side', () => {
    const models = [measured('little', 'var', 14), measured('plain', 'llamagen', 98)];
    const page = squeezed(renderReproductions(models, publishedSystems));

    expect(page).toContain('| | `little` (var) | `plain` (llamagen) |');
    expect(page).toContain('| evaluations of the network, two a step with guidance | 14 | 98 |');
  });

  it('shows the scales that were tried and the codecs under the same budget', () => {
    const page = squeezed(renderReproductions([measured('little', 'var', 14)], publishedSystems));

    expect(page).toContain(
      '| `little` | 2 | 1.500 | not measured | not measured | 100 against 100 | distance |',
    );
    expect(page).toContain('| `little` | 50.0 | 20.50 | | 100 |');
    expect(page).toContain('| webp, whole file | 62.0 | 15.25 | 90.0 % | 10 |');
  });

  it('is what docs/reproductions.md holds', async () => {
    const models = parseMeasured(await readFile(docs('reproductions.data.json'), 'utf8'));

    expect(await readFile(docs('reproductions.md'), 'utf8')).toBe(
      renderReproductions(models, publishedSystems),
    );
  });
});

describe('withModel', () => {
  it('takes the place of earlier figures of the same model, sorted by name', () => {
    const [a, b] = [measured('a', 'var', 1), measured('b', 'var', 2)];

    expect(withModel([b], a)).toEqual([a, b]);
    expect(withModel([a, b], measured('a', 'var', 9))[0]).toEqual(measured('a', 'var', 9));
  });
});

describe('parseMeasured', () => {
  it('gives back what was written', () => {
    const models = [measured('a', 'var', 1)];

    expect(parseMeasured(JSON.stringify({ models }))).toEqual(models);
  });

  it('refuses figures that are no numbers', () => {
    expect(() => parseMeasured('{"models": [{"evaluation": {"date": 3}}]}')).toThrow('date');
  });
});
