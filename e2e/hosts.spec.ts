import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'playwright/test';
import { runInChrome } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Host } from '../src/hosts/host.ts';
import type { JobEvent } from '../src/jobs/protocol.ts';
import { plantedJob, SMALL } from './jobs.ts';

type StepEvent = Extract<JobEvent, { type: 'step' }>;

const LONG = plantedJob({ ...SMALL, epochs: 1000 });
const HOLD_MS = 1000;

for (const [runtime, host] of Object.entries({ chrome: runInChrome, dawn: runInDawn } satisfies Record<string, Host>)) {
  test(`on ${runtime} a job stands still while an event is held`, { tag: '@alone' }, async () => {
    const steps: { event: StepEvent; at: number }[] = [];
    for await (const event of host(LONG, { adapter: 'auto', log: () => {} })) {
      if (event.type === 'failed') throw new Error(event.message);
      if (event.type !== 'step') continue;
      steps.push({ event, at: performance.now() });
      if (steps.length === 3) await sleep(HOLD_MS);
      if (steps.length === 10) break;
    }
    const [held, ahead, last] = [steps[2], steps[3], steps[9]];
    // Seconds of training without pauses. If it had trained meanwhile, more than the next event would have been
    // waiting.
    const trainedMs = 1000 * (last.event.seconds - ahead.event.seconds);
    expect(trainedMs).toBeGreaterThan(50);
    expect(last.at - held.at).toBeGreaterThan(HOLD_MS + trainedMs - 20);
  });

  test(`on ${runtime} a stop while an event is held ends the job once it is let go`, async () => {
    const controller = new AbortController();
    let stepsAfter = 0;
    let stopped: boolean | undefined;
    for await (const event of host(LONG, { adapter: 'auto', signal: controller.signal, log: () => {} })) {
      if (event.type === 'failed') throw new Error(event.message);
      if (event.type === 'done' && event.job === 'train') stopped = event.result.stopped;
      if (event.type !== 'step') continue;
      if (controller.signal.aborted) stepsAfter++;
      else {
        controller.abort();
        await sleep(200);
      }
    }
    expect(stopped).toBe(true);
    expect(stepsAfter).toBeLessThanOrEqual(1);
  });
}
