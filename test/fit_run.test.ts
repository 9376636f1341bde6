import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import type { FitEvent } from '../src/library/fit_options.ts';
import { withCallbacks } from '../src/library/fit_options.ts';
import { FitRun, type History } from '../src/library/fit_run.ts';

// The promise and the iterable of a run, without a GPU: its events are epochs, until somebody stops them.

const EPOCHS = 5;

interface Fake {
  run: FitRun;
  /** The epochs that were trained. */
  trained: number[];
}

/** A run of some epochs, which may fail after one of them. `onEpoch` is a callback of `fit`. */
function makeRun({
  failsAfter = 0,
  onEpoch,
}: {
  failsAfter?: number;
  onEpoch?: (epoch: number) => unknown;
} = {}): Fake {
  const trained: number[] = [];
  let stopped = false;
  async function* train(): AsyncGenerator<FitEvent, History> {
    for (let epoch = 1; epoch <= EPOCHS && !stopped; epoch++) {
      trained.push(epoch);
      yield { type: 'epoch', epoch, epochs: EPOCHS, steps: 1, seconds: 0, loss: 1 };
      if (epoch === failsAfter) throw new Failure('not-finite', 'the loss is NaN');
    }
    return { epochs: trained.map((epoch) => ({ epoch })), stopped } as object as History;
  }
  const callbacks = onEpoch ? { epoch: ({ epoch }: { epoch: number }) => onEpoch(epoch) } : {};
  const stop = () => {
    stopped = true;
  };
  return { run: new FitRun(withCallbacks(train(), callbacks), stop), trained };
}

const epochOf = (event: FitEvent) => (event.type === 'epoch' ? event.epoch : 0);

describe('a run', () => {
  it('needs no loop: await, then, catch and finally are those of a promise', async () => {
    const { run, trained } = makeRun();
    const seen: string[] = [];
    const { epochs } = await run.finally(() => seen.push('finally'));
    expect([epochs.length, trained, seen]).toEqual([EPOCHS, [1, 2, 3, 4, 5], ['finally']]);
    expect(await run.then(({ stopped }) => stopped)).toBe(false);
    expect(await Promise.all([run, run])).toEqual([await run, await run]);
    expect(await makeRun({ failsAfter: 2 }).run.catch((error: Failure) => error.code)).toBe('not-finite');
  });

  it('gives a loop all events, and then its result', async () => {
    const { run } = makeRun();
    const taken: number[] = [];
    for await (const event of run) taken.push(epochOf(event));
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    expect((await run).stopped).toBe(false);
  });

  it('waits for a slow loop', async () => {
    const { run, trained } = makeRun();
    for await (const event of run) {
      await new Promise((resolve) => setTimeout(resolve));
      expect(trained.length).toBeLessThanOrEqual(epochOf(event) + 1);
    }
  });

  it('keeps what is trained if its loop is left', async () => {
    const { run } = makeRun();
    for await (const event of run) if (epochOf(event) === 2) break;
    const { stopped, epochs } = await run;
    expect([stopped, epochs.length < EPOCHS]).toEqual([true, true]);
  });

  it('keeps what is trained if its loop throws, and the error is the loop’s', async () => {
    const { run } = makeRun();
    const loop = async () => {
      for await (const event of run) if (epochOf(event) === 2) throw new RangeError('mine');
    };
    await expect(loop()).rejects.toThrow(RangeError);
    expect((await run).stopped).toBe(true);
  });

  it('that fails ends its loop with the failure, after the events before it', async () => {
    const { run } = makeRun({ failsAfter: 3 });
    const taken: number[] = [];
    const loop = async () => {
      for await (const event of run) taken.push(epochOf(event));
    };
    await expect(loop()).rejects.toThrow('the loss is NaN');
    expect(taken).toEqual([1, 2, 3]);
    await expect(run).rejects.toThrow('the loss is NaN');
  });

  it('ends with the error of a callback', async () => {
    const { run, trained } = makeRun({
      onEpoch: (epoch) => {
        if (epoch === 2) throw new RangeError('mine');
      },
    });
    await expect(run).rejects.toThrow(RangeError);
    expect(trained).toEqual([1, 2]);
  });

  it('gives its events to one loop', async () => {
    const { run } = makeRun();
    for await (const event of run) if (epochOf(event) === 1) break;
    const again = async () => {
      for await (const event of run) expect.unreachable(event.type);
    };
    await expect(again()).rejects.toThrow('the events of a run can be taken once: keep what the first loop gets');
  });
});
