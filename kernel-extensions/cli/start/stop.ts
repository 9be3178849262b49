/** Ctrl-C and its like. */

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves at the first Ctrl-C, SIGTERM or closed terminal; from then on another one calls `force`. */
export function untilStopped(force: () => void): { stopped: Promise<void>; done: () => void } {
  let first = true;
  let onSignal: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    onSignal = () => {
      if (first) resolve();
      else force();
      first = false;
    };
  });
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stopped,
    done: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
