import { activateEngine } from '@nextx/cli/engines';
import type { BenchNetwork } from './bench-network.ts';
import { writeWeights } from './weights-files.ts';

/** The process that draws the weights, so that their memory is given back: network as JSON, then the folder. */
const [, , network = '', folder = ''] = process.argv;
await activateEngine('cpu');
const weights = await writeWeights(JSON.parse(network) as BenchNetwork, folder); // written by main.ts
process.stdout.write(`${weights}\n`);
