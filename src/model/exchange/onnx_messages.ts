// The part of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto that a model needs. Encoder and decoder have the fields' numbers.

export interface OnnxModel {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  docString: string;
  /** Version of ONNX's own operators. */
  opset: number;
  graph: OnnxGraph;
  metadata: Map<string, string>;
}

export interface OnnxGraph {
  name: string;
  docString: string;
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** An operation on named values. An optional value that is left out is ''. */
export interface OnnxNode {
  name: string;
  opType: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
}

/** Numbers are encoded as integers, but those of a Float32Array. */
export type OnnxAttribute = number | number[] | Float32Array | string | string[] | OnnxTensor;

/** TensorProto.DataType */
export const DATA_TYPE = { float: 1, int32: 6, int64: 7 } as const;

/** A constant, row-major. */
export interface OnnxTensor {
  name: string;
  dims: number[];
  /** One of DATA_TYPE, or a type that no model of this project has. */
  dataType: number;
  /** The elements as little-endian bytes, in whichever field the file has them. Their number may contradict `dims`. */
  data: Uint8Array;
  /** The path of the file that should have the elements, if they were not given. */
  missing?: string;
}

/** A float32 input or output of the graph. A dimension is a size, or a name that stands for any size. */
export interface OnnxValue {
  name: string;
  docString: string;
  dims: (number | string)[];
}
