/** What was refused, in few lines: a page that keeps knocking must not fill the terminal. */
export type Log = (line: string) => void;

const pause = 10_000;

/** Logs the first of many refusals for the same reason, then none for ten seconds. */
export function seldom(log: Log): (reason: string, line: string) => void {
  const last = new Map<string, number>();
  return (reason, line) => {
    const now = Date.now();
    if (now - (last.get(reason) ?? -Infinity) < pause) return;
    last.set(reason, now);
    log(line);
  };
}
