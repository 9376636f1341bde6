const NAP_MS = 0.2;

/**
 * Dawn's bindings poll for finished work in every turn of the event loop, which takes a whole core. A software adapter
 * needs that core itself; a short sleep each turn returns it. Ends when `isOver` says so, and keeps no process alive.
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
