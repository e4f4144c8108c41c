export { comparison } from './testing/comparison.ts';
export type { Comparison } from './testing/comparison.ts';
export { channelsFirst, excessOverTolerance, loadFixture } from './testing/fixture.ts';
export type { Fixture, FixtureTolerance } from './testing/fixture.ts';
export { describeParity } from './testing/describe-parity.ts';
export type { ParitySource } from './testing/describe-parity.ts';
export { fixtureFolder, hasFixture, readFixtureJson } from './testing/fixture-path.ts';
export { expectAllClose, expectNoTensorLeak, largestDifference } from './testing/tensor-checks.ts';
