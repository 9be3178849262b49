/** One-line programs that agents write: the words they are made of, and running them on a few inputs in QuickJS. */
import { callInSandbox, type SandboxOutcome } from "./sandbox.js";

/** Inputs of the tests in the order in which they are run. */
export const inputs = [1, 2, 0, 3] as const;

/** Whole numbers that are words, and so can be written in a program or shown in a report: −4 to 16. */
export const numbers: readonly string[] = Array.from({ length: 21 }, (_, i) => String(i - 4));

/** Outcomes of programs that were run before: a policy writes the same few thousand over and over. */
const runs = new Map<string, Promise<readonly SandboxOutcome[]>>();
const mostRuns = 20_000;

/**
 * Runs `return <body>` once for each of the {@link inputs}, as `x`.
 *
 * @param body words of an environment's vocabulary: any others are the caller's to refuse.
 */
export function runOneLiner(body: string): Promise<readonly SandboxOutcome[]> {
  const known = runs.get(body);
  if (known !== undefined) return known;
  if (runs.size >= mostRuns) runs.clear();
  const run = callInSandbox(
    `function f(x) { return ${body} }`,
    "f",
    inputs.map((x) => [x]),
  );
  runs.set(body, run);
  return run;
}

/** What a program that is not run gave, for each of the inputs. */
export const unreadable: readonly SandboxOutcome[] = inputs.map(() => ({
  failed: "syntax",
  message: "not a program of these words",
}));
