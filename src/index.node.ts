/// <reference types="@webgpu/types" />

// The library, in Node.

export * from './library/api.ts';
export { type NodeDeviceOptions, readSeriesFile, requestDevice } from './library/node.ts';
