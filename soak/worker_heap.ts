import type { CDPSession } from 'playwright/test';

type Answer = { id?: number; result?: { usedSize?: number } };

/**
 * Returns a function that measures the JavaScript heap of the page's newest worker after a collection, in bytes.
 * `session` is the page's.
 */
export async function workerHeap(session: CDPSession): Promise<() => Promise<number>> {
  let worker = '';
  let calls = 0;
  const answers = new Map<number, (answer: Answer) => void>();
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') worker = sessionId;
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const answer: Answer = JSON.parse(message);
    answers.get(answer.id ?? 0)?.(answer);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });

  const ask = async (method: string): Promise<Answer> => {
    const id = ++calls;
    const answered = new Promise<Answer>((resolve) => answers.set(id, resolve));
    await session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) });
    const answer = await answered;
    answers.delete(id);
    return answer;
  };
  return async () => {
    await ask('HeapProfiler.collectGarbage');
    const { result } = await ask('Runtime.getHeapUsage');
    return result?.usedSize ?? Number.NaN;
  };
}
