// What of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto the model's graph needs; encoder and decoder hold the fields' numbers.

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

/** An operation on named values; '' is an optional one that is left out. */
export interface OnnxNode {
  name: string;
  opType: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
}

/** Numbers are encoded as whole ones. */
export type OnnxAttribute = number | number[] | string | string[] | OnnxTensor;

/** TensorProto.DataType */
export const DATA_TYPE = { float: 1, int64: 7 } as const;

/** A constant, row-major. */
export interface OnnxTensor {
  name: string;
  dims: number[];
  /** One of DATA_TYPE, or another that the model has not. */
  dataType: number;
  /** Elements as little-endian bytes, however the file holds them; `dims` may claim another number of them. */
  data: Uint8Array;
  /** The elements are in another file. */
  isExternal: boolean;
}

/** A float32 input or output of the graph; a dimension is a size, or a name for any size. */
export interface OnnxValue {
  name: string;
  docString: string;
  dims: (number | string)[];
}
