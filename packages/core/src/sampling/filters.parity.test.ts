import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { filterLogits } from './filters.ts';
import type { SamplingOptions } from './filters.ts';
import { entropy, softmaxRow } from './softmax.ts';

interface Case {
  readonly name: string;
  readonly logits: number[];
  readonly params: Readonly<Record<string, number>>;
  readonly kept: number[];
  readonly probs: number[];
}
interface Fixture {
  readonly cases: Case[];
  readonly logits: number[];
  readonly softmax: number[];
  readonly entropy_nats: number;
}

const source = { modality: 'core', system: 'sampling_filters', file: 'cases.json' };

describeParity('sampling filters', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'sampling_filters', source.file);
  const isOtherOrder = ({ name }: Case) => name.includes('wrong order');

  describe('filterLogits', () => {
    it.each(fixture.cases.filter((each) => !isOtherOrder(each)))(
      'keeps $kept with $name $params',
      ({ logits, name, params, kept, probs }) => {
        const probabilities = filterLogits(logits, optionsOf(name, params));

        expect(survivors(probabilities)).toEqual(kept);
        for (const [i, p] of probs.entries()) expect(probabilities[i]).toBeCloseTo(p, 6);
      },
    );

    it.each(fixture.cases.filter(isOtherOrder))(
      'differs from $name',
      ({ logits, name, params, kept }) => {
        expect(survivors(filterLogits(logits, optionsOf(name, params)))).not.toEqual(kept);
      },
    );
  });

  describe('softmaxRow', () => {
    it('gives the probabilities of the table', () => {
      const probabilities = softmaxRow(fixture.logits);

      for (const [i, p] of fixture.softmax.entries()) expect(probabilities[i]).toBeCloseTo(p, 14);
    });
  });

  describe('entropy', () => {
    it('is that of the table', () => {
      expect(entropy(softmaxRow(fixture.logits))).toBeCloseTo(fixture.entropy_nats, 14);
    });
  });
});

function optionsOf(name: string, params: Readonly<Record<string, number>>): SamplingOptions {
  const names: Readonly<Record<string, keyof SamplingOptions>> = {
    temperature: 'temperature',
    k: 'topK',
    p: 'topP',
    min_p: 'minP',
    mass: 'typical',
    epsilon: 'epsilon',
    eta: 'eta',
  };
  expect([name, Object.keys(params).every((key) => key in names)]).toEqual([name, true]);
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [names[key], value]));
}

function survivors(probabilities: Float64Array): number[] {
  return [...probabilities.keys()].filter((i) => probabilities[i] > 0);
}
