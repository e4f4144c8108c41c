import { protobufMessage } from './protobuf-message.ts';
import type { ProtobufField } from './protobuf-message.ts';

/** One operation of a graph. */
export interface OnnxNode {
  readonly operation: string;
  /** Names of tensors; an optional input that is left out is empty. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Where the operation is not of the standard: `com.microsoft`. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Whole numbers, or a real one. */
export type OnnxAttribute = number | readonly number[] | { readonly float32: number };

/** A tensor of the graph that each run is given, or gives back. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  /** Lengths; a name where a run decides. */
  readonly shape: readonly (number | string)[];
}

/** A tensor that the graph holds, its bytes row-major and little-endian. */
export interface OnnxConstant extends OnnxValue {
  readonly shape: readonly number[];
  /** The bytes, or where they lie in a file beside the model. */
  readonly data:
    | Uint8Array
    | { readonly file: string; readonly begin: number; readonly end: number };
}

/** What a model computes. */
export interface OnnxGraph {
  /** In an order in which each finds its inputs. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Numbers of the format, as onnx.proto has them. */
const elementTypes = { float32: 1, int32: 6, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;
const irVersion = 10;
const operatorSets: readonly (readonly [domain: string, version: number])[] = [
  ['', 21],
  ['com.microsoft', 1],
];
const externalLocation = 1;

/** The bytes of an ONNX file (github.com/onnx/onnx, onnx.proto; field numbers are those of its messages). */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  return protobufMessage([
    [1, irVersion],
    [2, 'nextx'],
    ...operatorSets.map(([domain, version]): ProtobufField => [
      8,
      protobufMessage([
        [1, domain],
        [2, version],
      ]),
    ]),
    [7, graphMessage(graph)],
  ]);
}

function graphMessage({ nodes, constants, inputs, outputs }: OnnxGraph): Uint8Array {
  return protobufMessage([
    ...nodes.map((node): ProtobufField => [1, nodeMessage(node)]),
    [2, 'decoder'],
    ...constants.map((constant): ProtobufField => [5, constantMessage(constant)]),
    ...inputs.map((value): ProtobufField => [11, valueMessage(value)]),
    ...outputs.map((value): ProtobufField => [12, valueMessage(value)]),
  ]);
}

function nodeMessage({ operation, inputs, outputs, domain = '', attributes = {} }: OnnxNode) {
  return protobufMessage([
    ...inputs.map((name): ProtobufField => [1, name]),
    ...outputs.map((name): ProtobufField => [2, name]),
    [3, outputs[0]],
    [4, operation],
    ...Object.entries(attributes).map((entry): ProtobufField => [5, attributeMessage(...entry)]),
    [7, domain],
  ]);
}

function attributeMessage(name: string, value: OnnxAttribute): Uint8Array {
  const named: ProtobufField = [1, name];
  if (typeof value === 'number') {
    return protobufMessage([named, [3, value], [20, attributeTypes.int]]);
  }
  if ('float32' in value) return protobufMessage([named, [2, value], [20, attributeTypes.float]]);
  const values = value.map((each): ProtobufField => [8, each]);
  return protobufMessage([named, ...values, [20, attributeTypes.ints]]);
}

function constantMessage({ name, type, shape, data }: OnnxConstant): Uint8Array {
  const described: ProtobufField[] = [
    ...shape.map((length): ProtobufField => [1, length]),
    [2, elementTypes[type]],
    [8, name],
  ];
  if (data instanceof Uint8Array) return protobufMessage([...described, [9, data]]);
  const place = { location: data.file, offset: data.begin, length: data.end - data.begin };
  return protobufMessage([
    ...described,
    ...Object.entries(place).map(([key, value]): ProtobufField => [
      13,
      protobufMessage([
        [1, key],
        [2, String(value)],
      ]),
    ]),
    [14, externalLocation],
  ]);
}

function valueMessage({ name, type, shape }: OnnxValue): Uint8Array {
  const dimensions = shape.map((length): ProtobufField => [
    1,
    protobufMessage([typeof length === 'number' ? [1, length] : [2, length]]),
  ]);
  const tensor = protobufMessage([
    [1, elementTypes[type]],
    [2, protobufMessage(dimensions)],
  ]);
  return protobufMessage([
    [1, name],
    [2, protobufMessage([[1, tensor]])],
  ]);
}
