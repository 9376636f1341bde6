import { Failure } from '../errors.ts';

/** What an adapter says of itself, as plain data. */
export interface AdapterReport {
  vendor: string;
  architecture: string;
  description: string;
  /** True when the adapter computes on the CPU (SwiftShader, lavapipe, WARP): correct, but slow. */
  isSoftware: boolean;
  features: string[];
  limits: Record<string, number>;
}

export interface DeviceOptions {
  powerPreference?: GPUPowerPreference;
  /** Adapter and device together are given up after it: some drivers hang instead of failing. */
  timeoutMs?: number;
}

/** The limits that decide which model sizes fit; each is raised to what the adapter has. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies (keyof GPUSupportedLimits)[];

/** Used where the adapter has them; nothing needs one. */
const USED_FEATURES: GPUFeatureName[] = ['subgroups', 'timestamp-query'];
const ADAPTER_TIMEOUT_MS = 5000;
/** A lost device may be told of a moment after what waited on it was rejected. */
const LOSS_MS = 200;

/** A device with its adapter's report, its errors as Failures, and a count of the memory it holds. */
export class Gpu {
  /** Bytes and number of the buffers created here and not destroyed yet. */
  liveBytes = 0;
  liveBuffers = 0;
  private failure: Failure | undefined;
  private onFailure: (failure: Failure) => void = () => {};
  /** Rejects when the device is lost or an error escapes every scope; it never resolves. */
  readonly failed: Promise<never>;

  private constructor(
    readonly device: GPUDevice,
    readonly adapter: AdapterReport,
  ) {
    this.failed = new Promise((_, reject) => {
      this.onFailure = reject;
    });
    this.failed.catch(() => {}); // Whoever waits on it hears of it; with nobody waiting it is no unhandled rejection.
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const isMemory = event.error instanceof GPUOutOfMemoryError;
      this.fail(new Failure(isMemory ? 'out-of-memory' : 'internal', `the GPU reported: ${event.error.message}`));
    });
    device.lost.then((info) => {
      if (info.reason === 'destroyed') return;
      this.fail(
        new Failure('device-lost', `the GPU device was lost (${info.message || info.reason}): start the run again`),
      );
    });
  }

  private fail(failure: Failure): void {
    this.failure ??= failure;
    this.onFailure(this.failure);
  }

  /**
   * Opens a device on the adapter that `gpu` (`navigator.gpu`, or Dawn's) offers.
   * Throws no-webgpu, no-adapter or adapter-timeout.
   */
  static async open(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Gpu> {
    if (!gpu) {
      throw new Failure(
        'no-webgpu',
        'this browser has no WebGPU here: use a current Chrome, Edge, Firefox or Safari, over https or on localhost',
      );
    }
    const timeoutMs = options.timeoutMs ?? ADAPTER_TIMEOUT_MS;
    const deadline = performance.now() + timeoutMs;
    const adapter = await withTimeout(
      gpu.requestAdapter({ powerPreference: options.powerPreference }),
      timeoutMs,
      `the GPU adapter has not answered in ${timeoutMs / 1000} s: restart the browser, or update the graphics driver`,
    );
    if (!adapter) {
      throw new Failure(
        'no-adapter',
        'WebGPU is here but offers no adapter: update the graphics driver, or see what chrome://gpu says of it',
      );
    }
    const requiredLimits = Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]]));
    const requiredFeatures = USED_FEATURES.filter((name) => adapter.features.has(name));
    const device = await withTimeout(
      adapter.requestDevice({ requiredLimits, requiredFeatures }),
      deadline - performance.now(),
      `the GPU device has not opened in ${timeoutMs / 1000} s: restart the browser, or update the graphics driver`,
    );
    return new Gpu(device, describeAdapter(adapter));
  }

  /** A zeroed buffer of `bytes` bytes, counted until `release`. Throws limit when it is larger than the adapter allows. */
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    if (usage & GPUBufferUsage.STORAGE) this.requireStorage(`tensor ${label}`, bytes);
    else this.requireLimit('maxBufferSize', bytes, `tensor ${label}`);
    const buffer = this.device.createBuffer({ label, size: Math.max(4, Math.ceil(bytes / 4) * 4), usage });
    this.liveBytes += buffer.size;
    this.liveBuffers += 1;
    return buffer;
  }

  /** Destroys a buffer of `createBuffer`. */
  release(buffer: GPUBuffer): void {
    this.liveBytes -= buffer.size;
    this.liveBuffers -= 1;
    buffer.destroy();
  }

  /** Runs `create` and throws out-of-memory if the device could not hold what it created; the device goes on working. */
  async allocating<T>(what: string, create: () => T): Promise<T> {
    this.device.pushErrorScope('out-of-memory');
    let created: T;
    let error: GPUError | null;
    try {
      created = create();
    } finally {
      // Popped even when `create` throws: an error scope left open would swallow later errors.
      error = await this.device.popErrorScope();
    }
    if (error) {
      const held = `${(this.liveBytes / 2 ** 20).toFixed(0)} MiB in all`;
      throw new Failure(
        'out-of-memory',
        `the GPU has no memory for ${what} (${held}): use a smaller batch or fewer samples`,
      );
    }
    this.check();
    return created;
  }

  /** Throws what went wrong on the device since it was opened, if anything did. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Throws limit, naming needed and available, when `needed` is more than the device allows. */
  requireLimit(name: keyof GPUSupportedLimits & string, needed: number, what: string): void {
    const available = this.device.limits[name] as number;
    if (needed <= available) return;
    throw new Failure(
      'limit',
      `${what} needs ${name} ${needed}, this adapter has ${available}: use a smaller batch, fewer samples, steps, channels or units`,
    );
  }

  /** Throws limit when a storage buffer of `bytes` bytes is larger than the device allows. */
  requireStorage(what: string, bytes: number): void {
    this.requireLimit('maxBufferSize', bytes, what);
    this.requireLimit('maxStorageBufferBindingSize', bytes, what);
  }

  /** Resolves when everything submitted so far has run; rejects when the device failed. */
  async finished(): Promise<void> {
    await Promise.race([this.device.queue.onSubmittedWorkDone(), this.failed]);
    this.check();
  }

  /** Copies a buffer's bytes back; the source needs COPY_SRC. */
  async read(buffer: GPUBuffer, offset = 0, bytes = buffer.size - offset): Promise<ArrayBuffer> {
    const staging = this.createBuffer('staging', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
      this.device.queue.submit([encoder.finish()]);
      await Promise.race([staging.mapAsync(GPUMapMode.READ), this.failed]);
      return staging.getMappedRange().slice(0);
    } catch (error) {
      await Promise.race([this.failed, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
      throw error;
    } finally {
      this.release(staging);
    }
  }

  close(): void {
    this.device.destroy();
  }
}

async function withTimeout<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure('adapter-timeout', message)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function describeAdapter(adapter: GPUAdapter): AdapterReport {
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  const named = /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(`${architecture} ${description}`);
  return {
    vendor,
    architecture,
    description: description || `${vendor} ${architecture}`.trim(),
    isSoftware: isFallbackAdapter || named,
    features: [...adapter.features].sort(),
    limits,
  };
}
