import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countParams,
  disposeParams,
  exportParams,
  float32Tensor,
  mapParams,
  namedParams,
  openSafetensors,
  toFloat32,
  writeSafetensors,
} from '@nextx/core';
import type { HostTensor, ParamTree, SafetensorsFile } from '@nextx/core';
import { openFile } from '@nextx/core/node';
import { mul, tensor, tidy } from '@tensorflow/tfjs-core';
import type { BenchNetwork } from './bench-network.ts';
import { flowRules } from './flow-network.ts';
import { filledInitializer } from './filled-initializer.ts';
import { bindNetwork, initNetwork, modelRules } from './network-model.ts';
import type { NetworkParams } from './network-model.ts';

/** Weights under the paths of our trees. */
const ownFile = 'own.safetensors';
/** Weights under the names and in the layouts of the official checkpoints, for the peers. */
const officialFile = 'official.safetensors';
/** The tree with the path of a tensor at each leaf. */
const treeFile = 'tree.json';

/**
 * Draws the weights of a network and writes them twice into a folder: for nextx and for its peers.
 *
 * @returns Number of the transformer's weights.
 */
export async function writeWeights(network: BenchNetwork, folder: string): Promise<number> {
  const params = tidy(() => sized(network, initNetwork(network, filledInitializer(7))));
  try {
    await writeFiles(network, params, folder);
    return countParams(params.model) + (params.flow === undefined ? 0 : countParams(params.flow));
  } finally {
    disposeParams(params);
  }
}

/** Reads what `writeWeights` wrote, a tensor at a time. The caller owns the tensors. */
export async function readWeights(folder: string): Promise<NetworkParams> {
  const tree: unknown = JSON.parse(await readFile(join(folder, treeFile), 'utf8'));
  const file = await openSafetensors(await openFile(join(folder, ownFile)));
  try {
    return (await filledTree(tree, file)) as NetworkParams; // the tree was made from one
  } finally {
    await file.close();
  }
}

async function writeFiles(
  network: BenchNetwork,
  params: NetworkParams,
  folder: string,
): Promise<void> {
  const own = await Promise.all(
    namedParams(params).map(async ([path, weight]): Promise<[string, HostTensor]> => [
      path,
      float32Tensor(await weight.data<'float32'>(), weight.shape),
    ]),
  );
  await writeFile(join(folder, ownFile), writeSafetensors(own));
  await writeFile(join(folder, treeFile), JSON.stringify(pathTree(params, '')));
  const official = new Map([
    ...(await exportParams(params.model, modelRules(network, params))),
    ...(await exportParams(params.tokenizer, bindNetwork(network, params).tokenizer.importRules)),
    ...(params.flow === undefined
      ? []
      : await exportParams({ flow: params.flow }, flowRules(params.flow))),
  ]);
  await writeFile(join(folder, officialFile), writeSafetensors(official));
}

/** Codes start within ±1 / K; measured at that size, no token would matter to the next. */
function sized(network: BenchNetwork, params: NetworkParams): NetworkParams {
  const tokenizer = mapParams(params.tokenizer, (weight, path) =>
    path === 'quantizer.codebook' ? mul(weight, network.vocabularySize) : weight,
  );
  return { ...params, tokenizer };
}

function pathTree(tree: ParamTree, path: string): unknown {
  if (Array.isArray(tree)) return tree.map((child, index) => pathTree(child, joined(path, index)));
  if ('dataId' in tree) return path;
  return Object.fromEntries(
    Object.entries(tree).map(([name, child]) => [name, pathTree(child, joined(path, name))]),
  );
}

function joined(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`;
}

async function filledTree(tree: unknown, file: SafetensorsFile): Promise<ParamTree> {
  if (typeof tree === 'string') {
    const stored = await file.read(tree);
    return tensor(toFloat32(stored), [...stored.shape]);
  }
  if (Array.isArray(tree)) {
    const children: ParamTree[] = [];
    for (const child of tree) children.push(await filledTree(child, file));
    return children;
  }
  const filled: Record<string, ParamTree> = {};
  for (const [name, child] of Object.entries(tree as object)) {
    filled[name] = await filledTree(child, file);
  }
  return filled;
}
