/// <reference types="@webgpu/types" />

// The library, in a browser; index.node.ts is the same in Node.

export * from './library/api.ts';
export { requestDevice } from './library/browser.ts';
