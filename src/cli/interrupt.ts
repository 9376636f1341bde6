/**
 * npm passes a Ctrl-C on to its child, which has also had it from the terminal. A second one within this time is the
 * same one.
 */
const REPEAT_MS = 500;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work` so that Ctrl-C and SIGTERM stop it in order: the signal aborts, the work ends with its results so far,
 * and the exit code says so. A second one ends the process at once.
 */
export async function interruptible(
  log: (line: string) => void,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const code = SIGNALS[name as keyof typeof SIGNALS];
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > REPEAT_MS) process.exit(code);
      return;
    }
    firstAt = performance.now();
    log('\nStopping after this step; once more ends at once.');
    process.exitCode = code;
    controller.abort();
  };
  for (const name of Object.keys(SIGNALS)) process.on(name, onSignal);
  // A closed terminal ends nothing.
  const onHangUp = () => {};
  process.on('SIGHUP', onHangUp);
  try {
    await work(controller.signal);
  } finally {
    for (const name of Object.keys(SIGNALS)) process.off(name, onSignal);
    process.off('SIGHUP', onHangUp);
  }
}
