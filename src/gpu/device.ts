import { asFailure, Failure } from '../errors.ts';

/** The report of an adapter about itself, as plain data. */
export interface AdapterReport {
  vendor: string;
  architecture: string;
  description: string;
  /** True when the adapter computes on the CPU (SwiftShader, lavapipe, WARP): correct, but slow. */
  isSoftware: boolean;
  features: string[];
  limits: Record<string, number>;
}

/** How a device is requested. */
export interface DeviceOptions {
  /** Which GPU of several: `high-performance` or `low-power`; by default the browser or system decides. */
  powerPreference?: GPUPowerPreference;
  /** Time for adapter and device together, after which opening fails: some drivers hang instead of failing. */
  timeoutMs?: number;
}

/** The limits that decide which model sizes fit. Each is raised to the adapter's. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies (keyof GPUSupportedLimits)[];

/** Features that are used if the adapter has them; nothing requires one. */
const USED_FEATURES: GPUFeatureName[] = ['subgroups', 'timestamp-query'];
const ADAPTER_TIMEOUT_MS = 5000;
const TICK_MS = 100;
/** The loss of a device may be reported shortly after the promises that waited on it were rejected. */
const LOSS_MS = 200;

/** The first failure of a device since it was first asked: its loss, or an error that escaped every scope. */
class DeviceHealth {
  private static readonly known = new WeakMap<GPUDevice, DeviceHealth>();
  failure: Failure | undefined;
  /** Each rejects one promise that waits on the device. */
  private readonly waiting = new Set<(failure: Failure) => void>();

  /** The health of this device, one object for each device. */
  static of(device: GPUDevice): DeviceHealth {
    const health = DeviceHealth.known.get(device) ?? new DeviceHealth(device);
    DeviceHealth.known.set(device, health);
    return health;
  }

  private constructor(device: GPUDevice) {
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.fail(failureOf(event.error));
    });
    device.lost.then(({ reason, message }) => {
      const what = reason === 'destroyed' ? 'was destroyed' : `was lost (${message || reason})`;
      this.fail(new Failure('device-lost', `the GPU device ${what}: start the run again`));
    });
  }

  /**
   * Resolves as `work` does, or rejects with the failure if the device fails first. This is not a race against one
   * promise of the device, because that promise would hold every `work` for as long as the device lives.
   */
  unlessFailed<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.failure) reject(this.failure);
      this.waiting.add(reject);
      work.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  private fail(failure: Failure): void {
    this.failure ??= failure;
    for (const reject of this.waiting) reject(this.failure);
  }
}

/** A device with its adapter's report, its errors as Failures, and a count of the memory held through this object. */
export class Gpu {
  /** Bytes and number of the buffers created here and not destroyed yet. */
  liveBytes = 0;
  liveBuffers = 0;
  private readonly health: DeviceHealth;

  private constructor(
    readonly device: GPUDevice,
    readonly adapter: AdapterReport,
  ) {
    this.health = DeviceHealth.of(device);
  }

  /** Opens a new device. Throws no-webgpu, no-adapter or adapter-timeout. */
  static async open(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Gpu> {
    const { device, adapter } = await openDevice(gpu, options);
    return new Gpu(device, describe(adapter.info, adapter));
  }

  /** A device that a caller has opened. Its own limits and features stand for the adapter's. */
  static of(device: GPUDevice): Gpu {
    return new Gpu(device, describe(device.adapterInfo, device));
  }

  /**
   * A zeroed buffer of `bytes` bytes, counted until `release`. Throws limit if it is larger than the adapter allows.
   */
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

  /** Runs `create`. Throws out-of-memory if the device could not hold what it created; the device goes on working. */
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

  /** Throws the failure of the device, if it has failed. */
  check(): void {
    if (this.health.failure) throw this.health.failure;
  }

  /** Throws limit, with the needed and the available value, if `needed` is more than the device allows. */
  requireLimit(name: keyof GPUSupportedLimits & string, needed: number, what: string): void {
    const available = this.device.limits[name] as number;
    if (needed <= available) return;
    throw new Failure(
      'limit',
      `${what} needs ${name} ${needed}, this adapter has ${available}: use a smaller batch, fewer samples, steps, channels or units`,
    );
  }

  /** Throws limit if a storage buffer of `bytes` bytes is larger than the device allows. */
  requireStorage(what: string, bytes: number): void {
    this.requireLimit('maxBufferSize', bytes, what);
    this.requireLimit('maxStorageBufferBindingSize', bytes, what);
  }

  /** Resolves when everything submitted so far has run; rejects if the device has failed. */
  async finished(): Promise<void> {
    await this.health.unlessFailed(this.device.queue.onSubmittedWorkDone());
    this.check();
  }

  /** Copies a buffer's bytes back; the source needs COPY_SRC. */
  async read(buffer: GPUBuffer, offset = 0, bytes = buffer.size - offset): Promise<ArrayBuffer> {
    const staging = this.createBuffer('staging', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
      this.device.queue.submit([encoder.finish()]);
      await this.health.unlessFailed(staging.mapAsync(GPUMapMode.READ));
      return staging.getMappedRange().slice(0);
    } finally {
      this.release(staging);
    }
  }

  /**
   * The cause of an error. A lost device rejects everything that waited on it with other messages; the cause is then
   * the loss.
   */
  async causeOf(error: unknown): Promise<Failure> {
    if (error instanceof Failure) return error;
    const toldOf = new Promise<Failure>((resolve) => setTimeout(resolve, LOSS_MS, asFailure(error)));
    return this.health.unlessFailed(toldOf).catch(asFailure);
  }

  close(): void {
    this.device.destroy();
  }
}

/**
 * Opens a device with the adapter's limits and the features that are used. `gpu` is `navigator.gpu` or Dawn's. Throws
 * no-webgpu, no-adapter or adapter-timeout.
 */
export async function openDevice(
  gpu: GPU | undefined,
  options: DeviceOptions = {},
): Promise<{ device: GPUDevice; adapter: GPUAdapter }> {
  if (!gpu) {
    throw new Failure(
      'no-webgpu',
      'this browser has no WebGPU here: use a current Chrome, Edge, Firefox or Safari, over https or on localhost',
    );
  }
  const timeoutMs = options.timeoutMs ?? ADAPTER_TIMEOUT_MS;
  const advice = 'restart the browser, or update the graphics driver';
  const silent = (what: string) => new Failure('adapter-timeout', `${what} in ${timeoutMs / 1000} s: ${advice}`);
  const time = { leftMs: timeoutMs };
  const adapter = await withTimeout(
    gpu.requestAdapter({ powerPreference: options.powerPreference }),
    time,
    silent('the GPU adapter has not answered'),
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
    time,
    silent('the GPU device has not opened'),
  );
  return { device, adapter };
}

function failureOf(error: GPUError): Failure {
  return error instanceof GPUOutOfMemoryError
    ? new Failure(
        'out-of-memory',
        `the GPU has no memory left (${error.message}): use a smaller batch or fewer samples`,
      )
    : new Failure(
        'internal',
        `the GPU reported an error (${error.message}): update the graphics driver, or report this`,
      );
}

/** Rejects when the time is over. Ticks are counted, not the clock: a computer that slept could not have answered. */
async function withTimeout<T>(promise: Promise<T>, time: { leftMs: number }, failure: Failure): Promise<T> {
  let ticking: ReturnType<typeof setInterval> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    ticking = setInterval(() => {
      time.leftMs -= TICK_MS;
      if (time.leftMs <= 0) reject(failure);
    }, TICK_MS);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearInterval(ticking);
  }
}

function describe(info: GPUAdapterInfo, owner: Pick<GPUAdapter, 'limits' | 'features'>): AdapterReport {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  const limits: Record<string, number> = {};
  for (const name in owner.limits) {
    const value = owner.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  const named = /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(`${architecture} ${description}`);
  return {
    vendor,
    architecture,
    description: description || `${vendor} ${architecture}`.trim(),
    isSoftware: isFallbackAdapter || named,
    features: [...owner.features].sort(),
    limits,
  };
}
