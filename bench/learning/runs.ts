/** Learning runs in processes of their own, several at a time, and the files their results are kept in. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Job, LearningResult } from "./job.js";

export interface Runner<J extends Job> {
  processes: number;
  /** What a job's process has in its environment besides ours. */
  environment?: (job: J) => NodeJS.ProcessEnv;
  name: (job: J) => string;
  done: (job: J, result: LearningResult) => void;
}

/** Runs all, in their order; what fails is left out. Returns a line for each that failed. */
export async function runJobs<J extends Job>(jobs: readonly J[], runner: Runner<J>): Promise<string[]> {
  const { processes, environment, name, done } = runner;
  const queue = [...jobs];
  const failures: string[] = [];
  await Promise.all(
    Array.from({ length: processes }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        try {
          const result = await runInProcess(job, environment?.(job));
          const { before, after, seconds } = result;
          process.stderr.write(
            `${name(job)}: ${before.success.toFixed(2)} → ${after.success.toFixed(2)} in ${seconds.toFixed(0)} s; ` +
              `${queue.length} to go\n`,
          );
          done(job, result);
        } catch (error) {
          failures.push(`${name(job)}: ${(error as Error).message}`);
        }
      }
    }),
  );
  return failures;
}

async function runInProcess(job: Job, environment: NodeJS.ProcessEnv = {}): Promise<LearningResult> {
  const worker = fileURLToPath(new URL("./worker.js", import.meta.url));
  const child = spawn(process.execPath, [worker, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`the run ended with exit code ${code}`);
  return JSON.parse(output.trimEnd().split("\n").at(-1)!) as LearningResult;
}

/** One result a line; none where there is no such file. */
export function readResults(path: string): LearningResult[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LearningResult);
}

export function writeResults(path: string, results: readonly LearningResult[]): void {
  writeFileSync(path, results.map((each) => `${JSON.stringify(each)}\n`).join(""));
}
