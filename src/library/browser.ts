import { type DeviceOptions, openDevice } from '../gpu/device.ts';
import { requireOptions } from '../settings/option_names.ts';

/**
 * A WebGPU device of this browser with all features and limits of its adapter. `device.destroy()` frees it. Throws
 * no-webgpu, no-adapter, adapter-timeout, or invalid-option for an unknown option.
 */
export async function requestDevice(options: DeviceOptions = {}): Promise<GPUDevice> {
  requireOptions('requestDevice', options, ['powerPreference', 'timeoutMs']);
  return (await openDevice(navigator.gpu, options)).device;
}
