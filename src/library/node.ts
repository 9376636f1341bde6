import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import { type DeviceOptions, openDevice } from '../gpu/device.ts';
import { sleepEachTurn } from '../hosts/nap.ts';
import { softwareEnvironment } from '../hosts/software_driver.ts';
import { requireOptions } from '../settings/option_names.ts';
import { quote } from '../text/quote.ts';

export { readSeriesFile } from './node_files.ts';

/** How a device is requested in Node. */
export interface NodeDeviceOptions extends DeviceOptions {
  /** `software`: the CPU, through the SwiftShader of Chrome or Chromium. `auto`: the GPU or, without one, software. */
  adapter?: 'auto' | 'software';
}

/** glibc's RTLD_NODELETE: the library stays loaded after Node has found that it is not an addon. */
const NO_DELETE = 0x1000;

/**
 * A WebGPU device through Dawn, the npm package `webgpu`, with all features and limits of its adapter.
 * `device.destroy()` frees it, and lets the process end. Throws no-dawn, no-adapter, adapter-timeout, or invalid-option for an
 * unknown option.
 */
export async function requestDevice(chosen: NodeDeviceOptions = {}): Promise<GPUDevice> {
  requireOptions('requestDevice', chosen, ['adapter', 'powerPreference', 'timeoutMs']);
  const { adapter = 'auto', ...options } = chosen;
  if (adapter !== 'auto' && adapter !== 'software') {
    throw new Failure('invalid-option', `adapter is ${quote(adapter)}: give "auto" or "software"`);
  }
  const dawn = await loadDawn();
  if (adapter === 'auto') {
    try {
      return await open(dawn, options);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'no-adapter') throw error;
    }
  }
  useSoftwareDriver();
  return open(dawn, options);
}

type Dawn = typeof import('webgpu');

async function loadDawn(): Promise<Dawn> {
  try {
    const dawn = await import('webgpu');
    Object.assign(globalThis, dawn.globals);
    return dawn;
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new Failure('no-dawn', `the npm package webgpu cannot be loaded (${reason}): run npm install webgpu`);
  }
}

async function open({ create }: Dawn, options: DeviceOptions): Promise<GPUDevice> {
  const gpu = create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']);
  const { device, adapter } = await openDevice(gpu, options);
  let isLost = false;
  void device.lost.then(() => {
    isLost = true;
    Reflect.ownKeys(gpu); // Keeps Dawn's instance alive until here: if it were collected earlier, its devices would go too.
  });
  if (adapter.info.isFallbackAdapter) sleepEachTurn(() => isLost);
  return device;
}

/** Makes Dawn find SwiftShader, and the Vulkan loader beside it if the system has none. Throws no-adapter. */
function useSoftwareDriver(): void {
  const { VK_ICD_FILENAMES: driver } = softwareEnvironment() ?? {};
  if (!driver) {
    throw new Failure(
      'no-adapter',
      'Dawn found no GPU, and there is no Chrome or Chromium with the software adapter: install one, or a Vulkan driver',
    );
  }
  process.env.VK_ICD_FILENAMES = driver;
  process.env.VK_DRIVER_FILES = driver;
  if (process.platform !== 'linux') return;
  try {
    process.dlopen({ exports: {} }, join(dirname(driver), 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | NO_DELETE);
  } catch {
    // The error says that the library is not an addon, or the system's own loader is used.
  }
}
