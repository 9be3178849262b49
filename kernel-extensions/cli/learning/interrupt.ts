/** Ctrl-C in long work: the first time it may keep what there is, the second time everything ends. */

export const interruptedExitCode = 130;

/** Aborts the signal on the first Ctrl-C (or SIGTERM) while `work` runs, and ends the process on the second. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
