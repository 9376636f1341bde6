import { describe, expect, test, vi } from 'vitest';
import type { FailureCode } from '../src/errors.ts';
import type { JobEvent } from '../src/jobs/protocol.ts';
import { describeInterruption, describeRecovery, recovering } from '../src/jobs/recovery.ts';
import type { Checkpoint } from '../src/train/checkpoint.ts';

const at = (epoch: number, step = 0) => ({ epoch, step }) as Checkpoint;
const adapter = (description = 'one') => ({ type: 'adapter', adapter: { description } }) as JobEvent;
const ready: JobEvent = { type: 'ready', seconds: 0 };
const epoch = (number: number) => ({ type: 'epoch', epoch: number }) as JobEvent;
const attention = (number: number) => ({ type: 'attention', epoch: number }) as JobEvent;
const parameters = (number: number, step?: number) => ({ type: 'parameters', epoch: number, step }) as JobEvent;
const kept = (place: Checkpoint): JobEvent => ({ type: 'checkpoint', checkpoint: place });
const failed = (code: FailureCode = 'device-lost'): JobEvent => ({ type: 'failed', code, message: `${code}!` });
const done = { type: 'done', job: 'train' } as JobEvent;

/** Runs on a host that answers each attempt with a list of events; the last list repeats. */
async function run(
  lists: JobEvent[][],
  { abortInWait = Number.POSITIVE_INFINITY, resume = undefined as Checkpoint | undefined } = {},
) {
  const controller = new AbortController();
  const from: (Checkpoint | undefined)[] = [];
  const waits: number[] = [];
  let open = 0;
  async function* attempt(checkpoint?: Checkpoint) {
    expect(open, 'attempts at once').toBe(0);
    open++;
    from.push(checkpoint);
    try {
      yield* lists[Math.min(from.length, lists.length) - 1];
    } finally {
      await Promise.resolve();
      open--;
    }
  }
  const sleep = async (ms: number) => {
    waits.push(ms / 1000);
    if (waits.length === abortInWait) controller.abort();
  };
  const events: JobEvent[] = [];
  for await (const event of recovering(attempt, { resume, signal: controller.signal, sleep })) events.push(event);
  return { events, from, waits, types: events.map(({ type }) => type) };
}

describe('a run whose GPU is lost', () => {
  test('goes on at once from the newest checkpoint, and says so', async () => {
    const { events, from, waits, types } = await run([
      [adapter(), ready, epoch(1), kept(at(1)), kept(at(1, 3)), failed()],
      [adapter(), ready, epoch(2), done],
    ]);
    expect(from).toEqual([undefined, at(1, 3)]);
    expect(waits).toEqual([0]);
    expect(types).toEqual([
      'adapter',
      'ready',
      'epoch',
      'checkpoint',
      'checkpoint',
      'interrupted',
      'recovered',
      'epoch',
      'done',
    ]);
    expect(events[6]).toEqual({
      type: 'recovered',
      place: { epoch: 1, step: 3 },
      cause: { code: 'device-lost', message: 'device-lost!' },
    });
  });

  test('begins again if there is no checkpoint yet, or goes on from the place where it was resumed', async () => {
    const lists = [
      [adapter(), ready, failed()],
      [adapter(), ready, done],
    ];
    expect((await run(lists)).from).toEqual([undefined, undefined]);
    expect((await run(lists, { resume: at(4) })).from).toEqual([at(4), at(4)]);
  });

  test('tells nothing twice', async () => {
    const first = [adapter(), { type: 'model' } as JobEvent, { type: 'data' } as JobEvent, ready, parameters(0)];
    const { events } = await run([
      [...first, epoch(1), attention(1), parameters(1), kept(at(1)), epoch(2), failed()],
      [...first.slice(0, 4), parameters(1), parameters(2, 1), epoch(2), attention(2), parameters(2), failed()],
      [...first.slice(0, 4), parameters(1), epoch(2), attention(2), parameters(2), epoch(3), done],
    ]);
    const told = events.filter(({ type }) => !['interrupted', 'recovered', 'checkpoint'].includes(type));
    expect(told).toEqual([
      ...first,
      epoch(1),
      attention(1),
      parameters(1),
      epoch(2),
      parameters(2, 1),
      attention(2),
      parameters(2),
      epoch(3),
      done,
    ]);
  });

  test('names another adapter when it gets one', async () => {
    const { events } = await run([
      [adapter(), ready, failed()],
      [adapter(), failed()],
      [adapter('two'), ready, done],
    ]);
    expect(events.filter(({ type }) => type === 'adapter')).toEqual([adapter(), adapter('two')]);
  });
});

describe('a run that makes no progress', () => {
  test('waits longer and longer, more than two minutes, then fails with the last cause', async () => {
    const { events, waits } = await run([[adapter(), ready, kept(at(2)), failed()], [failed('no-adapter')]]);
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30, 30]);
    expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThan(120);
    expect(events.at(-1)).toEqual(failed('no-adapter'));
    expect(events.filter(({ type }) => type === 'recovered')).toEqual([]);
  });

  test('has all its tries again after a checkpoint', async () => {
    const lost = [adapter(), failed()];
    const { waits } = await run([lost, lost, lost, [adapter(), ready, kept(at(1)), failed()], lost, [adapter(), done]]);
    expect(waits).toEqual([0, 1, 2, 0, 1]);
  });

  test('ends at once when it is stopped while it waits', async () => {
    const { events, from } = await run([[adapter(), failed()]], { abortInWait: 3 });
    expect(from).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'stopped' });
  });

  test('the wait itself ends with the signal', async () => {
    const controller = new AbortController();
    async function* attempt() {
      yield* [adapter(), failed()];
    }
    const types: string[] = [];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const events = recovering(attempt, { signal: controller.signal });
      // No second passes: only the signal can end the wait.
      const ended = (async () => {
        for await (const { type } of events) types.push(type);
      })();
      await new Promise(setImmediate);
      expect(vi.getTimerCount()).toBe(1);
      controller.abort();
      await ended;
    } finally {
      vi.useRealTimers();
    }
    expect(types).toEqual(['adapter', 'interrupted', 'failed']);
  });
});

describe('what another try cannot cure fails', () => {
  test.each<FailureCode>(['not-finite', 'limit', 'invalid-option', 'out-of-memory', 'shader', 'internal'])(
    '%s',
    async (code) => {
      const { types, from } = await run([[adapter(), ready, kept(at(1)), failed(code)]]);
      expect(types.at(-1)).toBe('failed');
      expect(from).toHaveLength(1);
    },
  );

  test.each<FailureCode>(['no-adapter', 'no-dawn', 'browser-failed', 'no-webgpu'])(
    '%s before there was an adapter',
    async (code) => {
      expect((await run([[failed(code)]])).events).toEqual([failed(code)]);
    },
  );
});

test('people are told what was lost and from where it goes on', () => {
  const cause = { code: 'device-lost', message: 'lost' } as const;
  expect(describeRecovery({ type: 'recovered', place: { epoch: 4, step: 3 }, cause })).toBe(
    'The GPU was lost and came back: training goes on from step 3 of epoch 5. The time of epoch 5 leaves out what was lost.',
  );
  expect(
    describeRecovery({ type: 'recovered', place: { epoch: 0, step: 0 }, cause: { ...cause, code: 'no-dawn' } }),
  ).toBe(
    'Dawn’s process ended and was started again: training goes on from the start. The time of epoch 1 leaves out what was lost.',
  );
  expect(describeInterruption({ type: 'interrupted', seconds: 4, cause })).toBe(
    'The GPU was lost: waiting for it, the next try is in 4 s.',
  );
});
