/**
 * `npm run bench -- exercises [LESSON…]`: every learning check with the lesson's own solution, over 20 seeds. A
 * threshold holds where all of them reach it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ownKernelSpec } from "../../kernel-extensions/cli/kernelspec/find.js";
import { startKernel, type Kernel } from "../../kernel-extensions/client/kernel.js";
import { isCodeCell, joinLines, parseNotebook } from "../../kernel-extensions/client/notebook.js";
import type { Calibration } from "../../kernel-extensions/grading/calibrate.js";
import { loadExercise } from "../../kernel-extensions/grading/lessons.js";
import { exerciseCells } from "../../kernel-extensions/grading/release/cells.js";
import { neededBy } from "../../kernel-extensions/grading/verify/names.js";
import { packageRoot } from "../../kernel-extensions/package-root.js";

const seeds = 20;
const root = packageRoot();
const resultsFile = join(root, "bench", "exercises.jsonl");

export interface ExerciseResult extends Calibration {
  machine: string;
  node: string;
  command: string;
}

export async function benchExercises(lessons: string[]): Promise<void> {
  const folder = join(root, "notebooks", "solutions");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ipynb"));
  const chosen = files.filter(
    (file) => lessons.length === 0 || lessons.includes(String(Number(file.split("-")[0]))),
  );
  const made: ExerciseResult[] = [];
  for (const file of chosen) {
    for (const calibration of await calibrateLesson(folder, file)) {
      made.push({
        ...calibration,
        machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
        ...{ node: process.versions.node, command: "npm run bench -- exercises" },
      });
    }
  }
  // Of lessons that were not measured now the former results stay.
  const remade = new Set(made.map(({ exercise }) => exercise));
  const kept = readResults().filter(({ exercise }) => !remade.has(exercise));
  const all = [...kept, ...made].sort((a, b) =>
    a.exercise.localeCompare(b.exercise, "en", { numeric: true }),
  );
  writeFileSync(resultsFile, all.map((result) => `${JSON.stringify(result)}\n`).join(""));
}

function readResults(): ExerciseResult[] {
  try {
    const lines = readFileSync(resultsFile, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as ExerciseResult);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function calibrateLesson(cwd: string, file: string): Promise<Calibration[]> {
  const notebook = parseNotebook(readFileSync(join(cwd, file), "utf8"));
  const needed = neededBy(notebook.cells.filter(isCodeCell));
  const kernel = await startKernel(ownKernelSpec(), { cwd });
  const found: Calibration[] = [];
  try {
    const ran = new Set<object>();
    for (const { id, answers, test } of exerciseCells(notebook)) {
      if (!(await loadExercise(id)).checks.some(({ kind }) => kind === "learning")) continue;
      const sources = [...answers, test].map((cell) => joinLines(cell.source));
      for (const cell of [...needed(answers[0]!, sources), ...answers].filter((cell) => !ran.has(cell))) {
        ran.add(cell);
        await result(kernel, joinLines(cell.source));
      }
      const json = await result(kernel, calibrationOf(joinLines(test.source)));
      for (const calibration of JSON.parse(json) as Calibration[]) {
        found.push(calibration);
        process.stdout.write(`${lineOf(calibration)}\n`);
      }
    }
  } finally {
    await kernel.shutdown();
  }
  return found;
}

/** The test cell's call, to {@link calibrate} instead of `exercise`; its result is JSON. */
function calibrationOf(test: string): string {
  const module = pathToFileURL(join(root, "dist", "kernel-extensions", "grading", "calibrate.js")).href;
  const call = test.replace(
    /\bawait exercise\(([^]*)\);?\s*$/,
    (_, values: string) => `calibrate(${values}, ${seeds})`,
  );
  return [
    // Not a literal: the type checker need not look for it.
    `const calibrationModule: string = ${JSON.stringify(module)};`,
    "const { calibrate } = await import(calibrationModule);",
    `({ [Symbol.for("Jupyter.display")]: ((text: string) => () => ({ "text/plain": text }))(JSON.stringify(await ${call})) });`,
  ].join("\n");
}

async function result(kernel: Kernel, source: string): Promise<string> {
  let text = "";
  const reply = await kernel.execute(source, ({ header, content }) => {
    if (header.msg_type === "execute_result")
      text = String((content.data as Record<string, unknown>)["text/plain"]);
  });
  if (reply.status !== "ok") throw new Error(`${reply.ename}: ${reply.evalue}\n${source}`);
  return text;
}

function lineOf({ exercise, check, atLeast, outcomes, seconds }: Calibration): string {
  const sorted = [...outcomes].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  const below = outcomes.filter((outcome) => !(outcome >= atLeast)).length;
  const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
  return (
    `${exercise} ${check}: at least ${atLeast}, ${outcomes.length} seeds, lowest ${sorted[0]!.toFixed(3)}, ` +
    `median ${middle.toFixed(3)}, ${below} below, ${mean.toFixed(1)} s each`
  );
}
