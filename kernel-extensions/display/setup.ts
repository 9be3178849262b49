/** The first cell of a lesson: is everything there that it needs? */
import { inKernel } from "./interaction.js";
import { table } from "./table.js";
import type { SyncDisplayable } from "./displayable.js";

export interface SetupOptions {
  /** Environments the lesson trains in: their checkpoints are opened. */
  environments?: readonly string[];
}

const again = "run npm start in the project's folder, then restart the kernel";

/**
 * A table with a row for each thing a lesson needs: what was found, and how to mend what is missing. Nothing is
 * thrown: what is broken is a row.
 *
 * ```ts
 * await checkSetup({ environments: ["weather"] });
 * ```
 */
export async function checkSetup({ environments = [] }: SetupOptions = {}): Promise<SyncDisplayable> {
  const rows = [
    await row(
      "Node.js 20.19 or later",
      node,
      "install a newer Node.js from https://nodejs.org, then npm start",
    ),
    await row("kernel of these lessons", kernel, "menu Kernel → Change Kernel… → TypeScript (Agentic RL)"),
    await row("engine that computes", engine, "npx arl doctor tells what is missing"),
    await row("the survey's tables", tables, again),
  ];
  for (const id of environments) {
    rows.push(await row(`environment ${id}`, () => checkpoint(id), again));
  }
  const missing = rows.filter(({ ok }) => ok === "✗").length;
  return table(rows, {
    caption: missing === 0 ? "Everything is there" : `To mend before you go on: ${missing} of ${rows.length}`,
  });
}

async function row(what: string, find: () => string | Promise<string>, mend: string) {
  try {
    return { check: what, ok: "✓", found: await find(), mend: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { check: what, ok: "✗", found: reason.split("\n", 1)[0]!, mend };
  }
}

function node(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(process.version);
  return process.version;
}

function kernel(): string {
  if (!inKernel()) throw new Error("another kernel");
  return "TypeScript (Agentic RL)";
}

async function engine(): Promise<string> {
  const { useEngine } = await import("../../src/engine/index.js");
  const { name, device } = await useEngine();
  return `${name}: ${device}`;
}

async function tables(): Promise<string> {
  const survey = await import("../../src/survey/index.js");
  let rows = 0;
  for (const name of survey.tableNames) rows += (await survey.rows(name)).length;
  return `${survey.tableNames.length} tables, ${rows} rows`;
}

async function checkpoint(id: string): Promise<string> {
  const { warmStartPolicy } = await import("../../src/training/checkpoints.js");
  const policy = await warmStartPolicy(id);
  try {
    const parameters = [...policy.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    return `checkpoint of ${parameters} parameters, ${policy.vocabulary.words.length} words`;
  } finally {
    policy.dispose();
  }
}
