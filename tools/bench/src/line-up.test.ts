import { describe, expect, it } from 'vitest';
import { decoderNetworks, gpuNetworks } from './bench-network.ts';
import { lineUp } from './line-up.ts';
import type { Available, LineUpOptions } from './line-up.ts';

const [small, base, scales] = decoderNetworks(true);
const everything = { hasNative: true, torch: { hasCuda: true }, onnxruntime: '/onnx.js' };
const decoder = { benchmark: 'decoder', isQuick: false, python: 'python3', threads: 2 } as const;
const quick = { ...decoder, isQuick: true };

function names(
  network: typeof small,
  options: LineUpOptions,
  available: Available = everything,
): string[] {
  return lineUp(network, options, available).map(({ name, threads, peer }) =>
    peer === undefined ? name : `${peer.library} ${name} ${threads}`,
  );
}

describe('lineUp', () => {
  it('has every way of nextx and every peer on one thread and on all', () => {
    expect(names(base, decoder)).toEqual([
      'native',
      'wasm',
      'cpu f32',
      'cpu bf16',
      'cpu int8',
      'cpu int4',
      'cpu f32, native',
      'PyTorch eager f32 1',
      'PyTorch eager f32 2',
      'PyTorch eager int8 2',
      'onnxruntime-node f32 1',
      'onnxruntime-node f32 2',
    ]);
  });

  it('has on a quick run what the bars are about, and ONNX Runtime on the small raster', () => {
    const raster = ['wasm', 'cpu f32', 'cpu bf16', 'cpu int8', 'cpu int4'];
    const torch = ['PyTorch eager f32 2', 'PyTorch eager int8 2'];

    expect(names(small, quick)).toEqual([...raster, ...torch, 'onnxruntime-node f32 2']);
    expect(names(base, quick)).toEqual([...raster, ...torch]);
    expect(names(scales, quick)).toEqual([
      'native',
      'wasm',
      'cpu f32',
      'cpu f32, native',
      'PyTorch eager f32 2',
    ]);
  });

  it('leaves out what is not installed', () => {
    expect(names(small, quick, { hasNative: false })).toEqual([
      'wasm',
      'cpu f32',
      'cpu bf16',
      'cpu int8',
      'cpu int4',
    ]);
  });

  it('draws scales in ONNX Runtime nowhere, as its graph is that of rasters', () => {
    expect(names(scales, decoder).filter((name) => name.startsWith('onnx'))).toEqual([]);
  });

  it('compares a GPU with PyTorch there only, each format with the nearest that it has', () => {
    const [network] = gpuNetworks(true);
    const peers = lineUp(network, { ...decoder, benchmark: 'gpu' }, everything).flatMap(
      ({ name, peer }) => (peer === undefined ? [] : [[name, peer.comparedWith.join(' ')]]),
    );

    expect(peers).toEqual([
      ['eager f32 cuda', 'f32'],
      ['eager f16 cuda', 'f16 int8 int4'],
      ['compiled f32 cuda', 'f32'],
      ['compiled f16 cuda', 'f16 int8 int4'],
    ]);
  });

  it('measures the formats that are asked for on a GPU', () => {
    const options = { ...decoder, benchmark: 'gpu', formats: ['f16', 'int4'] } as const;

    const own = lineUp(gpuNetworks(true)[0], options, everything).filter(
      ({ peer }) => peer === undefined,
    );

    expect(own.map(({ name }) => name)).toEqual(['webgpu f16', 'webgpu int4']);
  });
});
