/** `npm run bench -- start`: from an empty clone to the result of a first cell, step by step. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { findBrowser } from "../../kernel-extensions/stills/index.js";
import { markdownTable } from "../statistics.js";
import { makeClone, takeBuild } from "./clone.js";
import { steps, timeStart, type Run, type Step } from "./lab.js";

const columns = ["nothing is there", "a ready build", "again"] as const;

export async function benchStart(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { out: { type: "string" } } });
  const browser = findBrowser();
  if (browser.path === undefined) throw new Error(`the bench needs a browser: ${browser.reason}`);
  // Not in this clone, whose packages would be found from there.
  const folder = mkdtempSync(join(os.tmpdir(), "arl-bench-start-"));
  try {
    const [fresh, built] = [join(folder, "fresh"), join(folder, "built")];
    const runs: Run[] = [];
    const time = async (clone: string) => {
      process.stderr.write(`${columns[runs.length]!}:\n`);
      const lessons = mkdtempSync(join(folder, "lessons-"));
      runs.push(await timeStart(clone, lessons, browser.path));
    };
    for (const clone of [fresh, built]) makeClone(clone);
    await time(fresh);
    takeBuild(built, fresh);
    for (const clone of [built, built]) await time(clone);
    const text = report(runs);
    process.stdout.write(text);
    writeFileSync(values.out ?? join(packageRoot(), "bench", "start.md"), text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(runs: readonly Run[]): string {
  const seconds = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(1));
  const megabytes = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(0));
  const rows = [
    ...(Object.keys(steps) as Step[]).map((step) => [
      `${steps[step]}, s`,
      ...runs.map(({ took }) => seconds(took[step])),
    ]),
    ["**all, s**", ...runs.map(({ total }) => `**${seconds(total)}**`)],
    ["resident memory of the server, MB", ...runs.map(({ memory }) => megabytes(memory?.server))],
    ["resident memory of the kernel, MB", ...runs.map(({ memory }) => megabytes(memory?.kernel))],
  ];
  const machine = `${String(os.cpus().length)} × ${os.cpus()[0]?.model.trim() ?? "unknown processor"}`;
  const load = os.loadavg()[0]!.toFixed(1);
  return `# From an empty clone to a first result

\`npm run bench -- start\`. \`npm start -- --embedded\` in a copy of the repository's files, until a browser shows that
\`1 + 1\` is 2: with nothing else there; with \`dist\` built by the first, as a package has it, and no packages; and once
more. npm takes packages from its cache where it has them.

${machine}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, load ${load} at the end

${markdownTable(["", ...columns], rows)}
`;
}
