import type { TileDevice } from '../src/gpu/kernel.ts';

const LIMITS = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16384,
};

/** Devices with the least limits of WebGPU. */
export const DEVICES = {
  software: { isSoftware: true, hasSubgroups: true, limits: LIMITS },
  'software without subgroups': { isSoftware: true, hasSubgroups: false, limits: LIMITS },
  gpu: { isSoftware: false, hasSubgroups: true, limits: LIMITS },
  'gpu without subgroups': { isSoftware: false, hasSubgroups: false, limits: LIMITS },
} satisfies Record<string, TileDevice>;
