const NAP_MS = 0.2;

/**
 * Dawn's bindings ask for finished work in every turn of the event loop, without a rest: a whole core, which a software adapter
 * needs itself. A short sleep each turn gives it back. Ends when `isOver` says so, and keeps no process alive.
 */
export function sleepEachTurn(isOver: () => boolean = () => false): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const nap = () => {
    if (isOver()) return;
    Atomics.wait(nothing, 0, 0, NAP_MS);
    setImmediate(nap).unref();
  };
  nap();
}
