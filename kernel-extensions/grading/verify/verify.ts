/**
 * Whether a solved lesson and its exercises fit together: every reference gets full marks, every untouched stub is
 * "not yet", every wrong solution loses points. All in one kernel, with only those of the lesson's cells run that the
 * exercises need.
 */
import { startKernel, type Kernel } from "../../client/kernel.js";
import { isCodeCell, joinLines, type CodeCell, type Notebook } from "../../client/notebook.js";
import type { KernelSpec } from "../../client/process.js";
import type { Lesson } from "../exercise.js";
import { exerciseCells, type ExerciseCells } from "../release/cells.js";
import { cutSolutions, replaceSolutions } from "../release/regions.js";
import { progressType, type ExerciseProgress, type LessonProgress } from "../score.js";
import { cellNames, neededBy } from "./names.js";

/** Points of a lesson. */
const lessonPoints = 100;
const leastWrong = 2;

/** What is wrong without running anything; empty when nothing is. */
export function lessonProblems(notebook: Notebook, lesson: Lesson): string[] {
  const cells = exerciseCells(notebook);
  const problems: string[] = [];
  const [inNotebook, inLesson] = [cells.map(({ id }) => id), Object.keys(lesson)];
  if (inNotebook.join() !== inLesson.join()) {
    problems.push(`the notebook tests ${inNotebook.join(", ")}, the lesson has ${inLesson.join(", ")}`);
  }
  const numbered = inLesson.map((id, index) => `${id.split(".")[0]!}.${index + 1}`);
  if (numbered.join() !== inLesson.join()) problems.push(`the ids are not in order: ${inLesson.join(", ")}`);
  const sum = Object.values(lesson).reduce((total, { points }) => total + points, 0);
  if (sum !== lessonPoints) problems.push(`the points sum to ${sum}, not to ${lessonPoints}`);
  for (const [id, { wrong, checks }] of Object.entries(lesson)) {
    const count = Object.keys(wrong).length;
    if (count < leastWrong) problems.push(`${id} has ${count} wrong solutions, not ${leastWrong} or more`);
    if (checks.some(({ points }) => !(points > 0))) problems.push(`${id} has a check without points`);
  }
  return [...problems, ...answersNeeded(notebook, cells)];
}

/** Cells that use what only an answer declares: in a learners' copy they would stop Run All. */
function answersNeeded(notebook: Notebook, exercises: readonly ExerciseCells[]): string[] {
  const code = notebook.cells.filter(isCodeCell);
  const answers = new Map(exercises.flatMap(({ id, answers }) => answers.map((cell) => [cell, id] as const)));
  const testOf = new Map(exercises.map(({ id, test }) => [test, id]));
  const declaredBy = new Map<string, CodeCell>();
  const problems: string[] = [];
  for (const cell of code) {
    const { declared, used } = cellNames(joinLines(cell.source));
    for (const name of used) {
      const id = answers.get(declaredBy.get(name) ?? cell);
      const isOwn = testOf.get(cell) === id || answers.get(cell) === id;
      if (id !== undefined && !isOwn)
        problems.push(`cell ${cell.id} needs ${name}, an answer to exercise ${id}`);
    }
    for (const name of declared) declaredBy.set(name, cell);
  }
  return problems;
}

export interface VerifyOptions {
  spec: KernelSpec;
  cwd: string;
  /** Told what is about to run. */
  onStep?: (what: string) => void;
}

/** Runs every exercise with its reference, its stub and its wrong solutions; what is wrong, empty when nothing is. */
export async function runProblems(
  notebook: Notebook,
  lesson: Lesson,
  { spec, cwd, onStep }: VerifyOptions,
): Promise<string[]> {
  const code = notebook.cells.filter(isCodeCell);
  const needed = neededBy(code);
  const kernel = await startKernel(spec, { cwd });
  const problems: string[] = [];
  const ran = new Set<CodeCell>();
  try {
    for (const { id, answers, test } of exerciseCells(notebook)) {
      const exercise = lesson[id];
      if (!exercise) continue;
      const solved = answers.map((cell) => joinLines(cell.source));
      const variants = variantsOf(solved, exercise.wrong);
      const sources = [...variants.flatMap((variant) => variant.cells), joinLines(test.source)];
      for (const cell of needed(answers[0]!, sources).filter((cell) => !ran.has(cell))) {
        ran.add(cell);
        onStep?.(`${id}: cell ${cell.id}`);
        const { error } = await run(kernel, joinLines(cell.source));
        if (error !== undefined) problems.push(`${id}: a cell it needs, ${cell.id}, failed: ${error}`);
      }
      for (const { name, cells, expected } of variants) {
        onStep?.(`${id}: ${name}`);
        const problem = await tried(kernel, id, [...cells, joinLines(test.source)], expected);
        if (problem !== undefined) problems.push(`${id}, ${name}: ${problem}`);
      }
    }
  } finally {
    await kernel.shutdown();
  }
  return problems;
}

interface Variant {
  name: string;
  /** The sources of the exercise's cells to write in. */
  cells: string[];
  expected: "full marks" | "not yet" | "points lost";
}

function variantsOf(solved: readonly string[], wrong: Lesson[string]["wrong"]): Variant[] {
  return [
    { name: "the untouched stub", cells: solved.map(cutSolutions), expected: "not yet" },
    ...Object.entries(wrong).map(([name, texts]): Variant => {
      const list = typeof texts === "string" ? [texts] : texts;
      return { name: `wrong: ${name}`, cells: replaceAll(solved, list), expected: "points lost" };
    }),
    { name: "the solution", cells: [...solved], expected: "full marks" },
  ];
}

/** The regions of several cells counted through. */
function replaceAll(sources: readonly string[], texts: readonly string[]): string[] {
  const separator = "\n//\u0000\n";
  return replaceSolutions(sources.join(separator), texts).split(separator);
}

async function tried(
  kernel: Kernel,
  id: string,
  sources: readonly string[],
  expected: Variant["expected"],
): Promise<string | undefined> {
  let last: Ran = {};
  for (const source of sources) {
    last = await run(kernel, source);
    if (last.error !== undefined) return `a cell failed: ${last.error}`;
  }
  const entry = last.progress?.exercises.find((exercise) => exercise.id === id);
  if (!entry) return "the test cell gave no points";
  return asExpected(entry, expected)
    ? undefined
    : `${entry.points} of ${entry.outOf} points (${entry.status}), not ${expected}`;
}

function asExpected({ points, outOf, status }: ExerciseProgress, expected: Variant["expected"]): boolean {
  if (expected === "full marks") return status === "passed" && points === outOf;
  if (expected === "not yet") return status === "not yet" && points === 0;
  return (status === "failed" || status === "partly") && points < outOf;
}

interface Ran {
  error?: string;
  progress?: LessonProgress;
}

async function run(kernel: Kernel, source: string): Promise<Ran> {
  let progress: LessonProgress | undefined;
  const reply = await kernel.execute(source, ({ header, content }) => {
    if (header.msg_type !== "execute_result") return;
    progress = (content.data as Record<string, unknown>)[progressType] as LessonProgress | undefined;
  });
  if (reply.status !== "ok") return { error: `${reply.ename}: ${reply.evalue.split("\n", 1)[0]!}` };
  return progress ? { progress } : {};
}
