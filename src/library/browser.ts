import { type DeviceOptions, openDevice } from '../gpu/device.ts';

/**
 * A WebGPU device of this browser with all features and limits of its adapter. `device.destroy()` frees it. Throws
 * no-webgpu, no-adapter or adapter-timeout.
 */
export async function requestDevice(options: DeviceOptions = {}): Promise<GPUDevice> {
  return (await openDevice(navigator.gpu, options)).device;
}
