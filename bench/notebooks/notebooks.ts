/**
 * `npm run lessons`: every lesson in a fresh kernel, the solved ones and the learners' copies, two at a time. The
 * solved ones must get full marks; the copies must come to their end with every exercise "not yet".
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { claimsReport, report } from "./report.js";
import { runNotebook, type NotebookJob, type NotebookRun } from "./run.js";

const usage = `usage: npm run lessons [-- [--seeds 7,1,2] [--only 01,02] [--solved] [--claims] [--at-once 2] [--out FILE]]

Runs the lessons and prints minutes for each of them and for its slowest cells. --seeds: the solved lessons once for
each of these (default: the seed that the lesson has). --solved: not the learners' copies. --claims: prints, too, every claim of the solved lessons' prose, with the cells that
measure it and what they showed in this run. --out: the table of minutes as Markdown.
`;

export async function benchNotebooks(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string" },
      only: { type: "string", default: "" },
      solved: { type: "boolean", default: false },
      claims: { type: "boolean", default: false },
      "at-once": { type: "string", default: "2" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const seeds = values.seeds?.split(",").map((seed) => wholeNumber("--seeds", seed));
  const jobs = await findJobs(values.only.split(","), values.solved, seeds);
  const runs: NotebookRun[] = [];
  const queue = [...jobs];
  const work = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const run = await runNotebook(job);
      runs.push(run);
      process.stderr.write(`${run.name}: ${(run.seconds / 60).toFixed(1)} min, ${run.verdict}\n`);
    }
  };
  await Promise.all(Array.from({ length: wholeNumber("--at-once", values["at-once"]) }, work));
  runs.sort((a, b) => a.name.localeCompare(b.name));
  const table = report(runs);
  process.stdout.write(table);
  if (values.claims) process.stdout.write(claimsReport(runs));
  if (values.out !== undefined) await writeFile(values.out, table);
  if (runs.some(({ failed }) => failed)) process.exitCode = 1;
}

async function findJobs(
  only: readonly string[],
  solvedOnly: boolean,
  seeds: readonly number[] | undefined,
): Promise<NotebookJob[]> {
  const lessons = join(packageRoot(), "notebooks");
  const named = async (folder: string) =>
    (await readdir(folder))
      .filter((file) => file.endsWith(".ipynb") && only.some((start) => file.startsWith(start)))
      .sort()
      .map((file) => join(folder, file));
  const solved = (await named(join(lessons, "solutions"))).flatMap((file) =>
    (seeds ?? [undefined]).map((seed) => ({ file, solved: true, ...(seed !== undefined && { seed }) })),
  );
  const copies = solvedOnly ? [] : (await named(lessons)).map((file) => ({ file, solved: false }));
  if (solved.length + copies.length === 0) throw new RangeError(`--only ${only.join()} names no lesson`);
  return [...solved, ...copies];
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === "") {
    throw new RangeError(`${flag} takes whole numbers, not "${text}"`);
  }
  return value;
}
