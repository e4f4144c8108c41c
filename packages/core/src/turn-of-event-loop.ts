/**
 * Lets timers, signals and the page have their turn; in Node without the millisecond that a timer costs. Loops over
 * tensors await it once a round: reading a tensor back gives no such turn on the native engine.
 */
export function turnOfEventLoop(): Promise<void> {
  const { setImmediate: immediately } = globalThis as {
    setImmediate?: (callback: () => void) => void;
  };
  return new Promise((resolve) => {
    if (immediately === undefined) setTimeout(resolve, 0);
    else immediately(resolve);
  });
}
