import type { NetworkHead } from '../../program/network.ts';
import type { SamplingOptions } from '../../sampling/filters.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileFlowHead } from './compile-flow-head.ts';
import { compileSampling } from './compile-sampling.ts';
import type { FlowRegions } from './flow-regions.ts';
import type { PlacedHead, PlacedVelocity } from './place-network.ts';

/**
 * The dispatches that draw the tokens of a step from its rows.
 *
 * @throws {OptionError} or {UnsupportedError} for a filter that the head has not.
 */
export function compileHead(
  source: ProgramSource,
  head: Exclude<PlacedHead, PlacedVelocity>,
  { sampling, positions }: { readonly sampling: SamplingOptions; readonly positions: number },
): Dispatch[] {
  const { network, regions } = source;
  if (head.kind === 'categorical') {
    // Placed from the head of the network.
    const { vocabularySize } = network.head as Extract<NetworkHead, { kind: 'categorical' }>;
    return compileSampling(source, { ...head, vocabularySize }, { sampling, positions });
  }
  // A network with a flow head has its regions.
  const flow = regions.flow as FlowRegions;
  return compileFlowHead(source, { head, flow }, { sampling, positions });
}
