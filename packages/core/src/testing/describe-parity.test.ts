import { expect, it } from 'vitest';
import { describeParity } from './describe-parity.ts';
import { readFixtureJson } from './fixture-path.ts';

const source = { modality: 'core', system: 'rng', file: 'threefry2x32.json' };

describeParity('describeParity', source, () => {
  const { stream_key } = readFixtureJson<{ stream_key: string[] }>('core', 'rng', source.file);

  it('lets the fixtures be read while the tests are declared', () => {
    expect(stream_key).toHaveLength(2);
  });
});
