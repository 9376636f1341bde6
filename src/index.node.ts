/// <reference types="@webgpu/types" />

// The library, in Node.

export * from './library/api.ts';
export { readModelFile, writeModelFile } from './library/model_files.ts';
export { type NodeDeviceOptions, readSeriesFile, requestDevice } from './library/node.ts';
