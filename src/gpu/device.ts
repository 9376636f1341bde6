import { asFailure, Failure } from '../errors.ts';

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
const TICK_MS = 100;
/** A lost device may be told of a moment after what waited on it was rejected. */
const LOSS_MS = 200;

/** What has gone wrong on a device since it was first asked: lost, or an error that escaped every scope. */
class DeviceHealth {
  private static readonly known = new WeakMap<GPUDevice, DeviceHealth>();
  failure: Failure | undefined;
  /** Each rejects something that waits on the device. */
  private readonly waiting = new Set<(failure: Failure) => void>();

  /** The one of this device. */
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
   * What `work` comes to, or the failure where the device fails first. Not a race against one promise of the device's: that would hold on to
   * whatever it was ever raced with, for as long as the device lives.
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

/** A device with its adapter's report, its errors as Failures, and a count of the memory that is held through this object. */
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

  /** Opens a device of its own. Throws no-webgpu, no-adapter or adapter-timeout. */
  static async open(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<Gpu> {
    const { device, adapter } = await openDevice(gpu, options);
    return new Gpu(device, describe(adapter.info, adapter));
  }

  /** A device that somebody has opened, as an adapter of the limits and features that it has itself. */
  static of(device: GPUDevice): Gpu {
    return new Gpu(device, describe(device.adapterInfo, device));
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
    if (this.health.failure) throw this.health.failure;
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

  /** What is behind an error: where the device was lost, everything that waited on it was rejected with words of its own. */
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
 * Opens a device, with the adapter's limits and the features that are used, on the adapter that `gpu` (`navigator.gpu`, or
 * Dawn's) offers. Throws no-webgpu, no-adapter or adapter-timeout.
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

/** Gives up after the time that is left. Ticks are counted, not the clock: on a computer that was asleep nothing could answer. */
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
