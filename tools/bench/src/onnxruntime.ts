import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the benchmark uses of onnxruntime-node, which is no dependency: its libraries take 290 MB. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(file: string, options: OnnxSessionOptions): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: 'float32' | 'int32' | 'int64',
    data: Float32Array | Int32Array | BigInt64Array,
    shape: readonly number[],
  ) => OnnxTensor;
  readonly env: { readonly versions: { readonly node?: string } };
}

/** How a model is run. */
export interface OnnxSessionOptions {
  readonly executionProviders: readonly string[];
  readonly executionMode: 'sequential';
  readonly graphOptimizationLevel: 'all';
  readonly intraOpNumThreads: number;
  /** Settings of onnxruntime_session_options_config_keys.h, a level for every dot of their names. */
  readonly extra: { readonly session: { readonly disable_prepacking: '1' } };
}

/** A loaded model. */
export interface OnnxSession {
  /** Runs it on tensors by name, and writes into those of `outputs`. */
  run(inputs: OnnxTensors, outputs: OnnxTensors): Promise<OnnxTensors>;
}

/** A tensor over memory of JavaScript, which is not copied. */
export interface OnnxTensor {
  readonly data: unknown;
}

type OnnxTensors = Readonly<Record<string, OnnxTensor>>;

/** Where onnxruntime-node is installed for the folder: in it, in one above it, or in one that NODE_PATH names. */
export function findOnnxruntime(folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve('onnxruntime-node');
  } catch {
    return undefined;
  }
}

/** Loads what `findOnnxruntime` found. */
export async function loadOnnxruntime(file: string): Promise<Onnxruntime> {
  return (await import(pathToFileURL(file).href)) as Onnxruntime; // the package's own types say so
}
