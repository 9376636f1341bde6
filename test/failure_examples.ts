import { vi } from 'vitest';
import { multiplyAddPeak } from '../shaders/roofline.ts';
import { requireSameModel } from '../src/bench/peers/peer.ts';
import { writeText } from '../src/cli/files.ts';
import { RunFolder } from '../src/cli/run_folder.ts';
import { asFailure, Failure, type FailureCode, refuseUnloaded } from '../src/errors.ts';
import { readModel } from '../src/formats/model_file.ts';
import { Gpu } from '../src/gpu/device.ts';
import { compileKernel } from '../src/gpu/program.ts';
import { findBrowser } from '../src/hosts/browser.ts';
import { launch } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import { requirePassed } from '../src/jobs/bench_checks.ts';
import type { JobEvent } from '../src/jobs/protocol.ts';
import { recovering } from '../src/jobs/recovery.ts';
import { checkExperiment, EXPERIMENT } from '../src/model/config.ts';
import { parseSchedule } from '../src/settings/schedule.ts';
import { requireFiniteLosses } from '../src/train/not_finite.ts';
import type { Check } from '../src/verify/check.ts';
import { read } from './series_files.ts';

/** A GPU whose device answers as `over` says. */
function gpuWith(over: object): Gpu {
  const device = {
    adapterInfo: { vendor: '', architecture: '', description: 'fake' },
    features: new Set(),
    limits: {
      maxBufferSize: 2 ** 28,
      maxStorageBufferBindingSize: 2 ** 28,
      maxStorageBuffersPerShaderStage: 8,
      maxComputeWorkgroupsPerDimension: 65_535,
    },
    lost: new Promise(() => {}),
    addEventListener: () => {},
    pushErrorScope: () => {},
    popErrorScope: async () => null,
    queue: { onSubmittedWorkDone: () => new Promise(() => {}) },
    ...over,
  };
  return Gpu.of(device as unknown as GPUDevice);
}

/** Opens a device on an adapter that never answers. */
async function openSilent(): Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const opened = Gpu.open({ requestAdapter: () => new Promise(() => {}) } as unknown as GPU);
    vi.advanceTimersByTime(5000);
    return await opened;
  } finally {
    vi.useRealTimers();
  }
}

function compileWrong(): Promise<unknown> {
  vi.stubGlobal('GPUShaderStage', { COMPUTE: 4 });
  const messages = [{ type: 'error', lineNum: 2, linePos: 12, message: "unresolved value 'y'" }];
  const kernel = { ...multiplyAddPeak, name: 'multiply', code: () => 'fn f(x: f32) -> f32 {\n  return x * y;\n}' };
  const gpu = gpuWith({
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: () => ({ getCompilationInfo: async () => ({ messages }) }),
    createComputePipelineAsync: () => Promise.reject(new Error('invalid module')),
  });
  return compileKernel(gpu, kernel, multiplyAddPeak.cases[0].shape, undefined);
}

async function* failedCheck(): AsyncGenerator<Check> {
  yield { subject: 'adam', name: 'adam, 17 elements', error: 0.012, tolerance: 2e-5, passed: false };
}

function stoppedWhileItWaited(): Promise<void> {
  const controller = new AbortController();
  const sleep = async () => controller.abort();
  async function* attempt() {
    yield { type: 'adapter', adapter: { description: 'one' } } as JobEvent;
    yield { type: 'failed', code: 'device-lost', message: 'lost' } as JobEvent;
  }
  return endOf(recovering(attempt, { sleep, signal: controller.signal }));
}

/** Throws a job's failure. */
async function endOf(events: AsyncIterable<JobEvent>): Promise<void> {
  for await (const event of events) {
    if (event.type === 'failed') throw new Failure(event.code, event.message);
  }
}

/** For each code, calls that fail with it. docs/errors.md shows their sentences. */
export const EXAMPLES: Record<FailureCode, (() => unknown)[]> = {
  'invalid-option': [
    () => checkExperiment({ ...EXPERIMENT, batchSize: 0 }, () => '--batch-size'),
    () => parseSchedule('--schedule', 'linear'),
    () => checkExperiment({ ...EXPERIMENT, timeSteps: 8 }),
  ],
  'invalid-file': [
    () => read('rain.csv', 'monday,tuesday,label\n1.5,"2,5",wet\n2,3,dry\n'),
    () => read('rain.csv', 'monday,tuesday,label\n1.5,2.5,wet\n2,3\n'),
    () => readModel('model.safetensors', new Uint8Array(4)),
  ],
  'no-webgpu': [() => Gpu.open(undefined)],
  'no-adapter': [() => Gpu.open({ requestAdapter: async () => null } as unknown as GPU)],
  'adapter-timeout': [openSilent],
  'device-lost': [
    () => gpuWith({ lost: Promise.resolve({ reason: 'unknown', message: 'the driver was reset' }) }).finished(),
  ],
  'out-of-memory': [
    () => gpuWith({ popErrorScope: async () => ({ message: 'no memory' }) }).allocating('the model', () => {}),
  ],
  limit: [() => gpuWith({}).requireLimit('maxBufferSize', 2 ** 30, 'tensor series')],
  shader: [compileWrong],
  'not-finite': [
    () => requireFiniteLosses([{ loss: Number.NaN, second: 0 }], 1, 1, EXPERIMENT),
    () => requireFiniteLosses([{ loss: Number.NaN, second: 0 }], 3, 1, EXPERIMENT),
  ],
  'wrong-result': [() => endOf(requirePassed(failedCheck()))],
  'no-browser': [() => findBrowser({ CHROME_PATH: '/opt/chrome' })],
  'browser-failed': [() => launch('/opt/chrome', { adapter: 'software', log: () => {} })],
  'no-dawn': [() => endOf(runInDawn({ type: 'describe' }, { adapter: 'high-performance', log: () => {} }))],
  'not-loaded': [
    () =>
      refuseUnloaded(new TypeError('Failed to fetch dynamically imported module: https://host/assets/train-1a2b.js')),
  ],
  'peer-failed': [
    () =>
      requireSameModel('PyTorch', { parameterCount: 173, firstLoss: 0.71 }, { parameterCount: 173, firstLoss: 0.69 }),
  ],
  'not-saved': [() => writeText('/dev/null/result.json', '{}', '--json'), () => RunFolder.create('/dev/null/run')],
  stopped: [stoppedWhileItWaited],
  internal: [() => asFailure(new TypeError('x is undefined'))],
};
