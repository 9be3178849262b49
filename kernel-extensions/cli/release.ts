import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseNotebook, serializeNotebook } from "../client/notebook.js";
import { packageRoot } from "../package-root.js";
import { CommandError, parse, UsageError, type Command } from "./command.js";
import { readNotebook } from "./read-notebook.js";

const help = `Usage: arl release [SOLUTION…] [options]

Makes the learners' copies of solved lessons: solutions are cut out, hidden tests and outputs removed, tests
locked, nbgrader's metadata and checksums written (the metadata into the solved lesson, too, if it lacks it).
Without SOLUTION it makes what belongs to all lessons, too: glossary.md and figures.md beside the copies, claims.md
beside the solved lessons; and it says which claims of the prose are not in the outputs of the cells they name.

  SOLUTION   solved notebooks (default: all in the package's notebooks/solutions)
  --out DIR  where the copies go (default: the folder above, where the solutions' folder is named solutions)
  --check    write nothing; exit code 1 if anything would be written, or a claim is not shown
  --force    write over a copy that somebody has written answers in

Prints the path of every file it wrote or, with --check, would write.
`;

export const release: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      out: { type: "string" },
      check: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
    });
    if (values.out === "") throw new UsageError("--out needs the path of a folder");
    const isCourse = positionals.length === 0;
    const solutions = isCourse ? await packagedSolutions() : positionals;
    let differ = false;
    const bring = async ({ file, text }: Made, isCopy: boolean) => {
      const present = existsSync(file) ? await readFile(file, "utf8") : undefined;
      if (present === text) return;
      differ = true;
      process.stdout.write(`${file}\n`);
      if (values.check) return;
      if (isCopy && present !== undefined && !values.force) await refuseAnswers(file, present);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    };
    for (const path of solutions) {
      const target = join(values.out ?? folderAbove(path), basename(path));
      if (resolve(target) === resolve(path)) {
        throw new UsageError(`${path} would be written over itself: choose another --out`);
      }
      for (const made of await filesOf(path, target)) await bring(made, made.file === target);
    }
    const problems: string[] = [];
    if (isCourse) {
      const course = await courseOf(solutions, values.out);
      for (const made of course.files) await bring(made, false);
      problems.push(...course.problems);
    }
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return problems.length > 0 || (values.check && differ) ? 1 : 0;
  },
};

interface Made {
  file: string;
  text: string;
}

async function packagedSolutions(): Promise<string[]> {
  const folder = join(packageRoot(), "notebooks", "solutions");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ipynb")).sort();
  return names.map((name) => relative(process.cwd(), join(folder, name)) || name);
}

function folderAbove(path: string): string {
  const folder = dirname(resolve(path));
  if (basename(folder) !== "solutions") {
    throw new UsageError(`${path} is in no folder named solutions: say where its copy goes with --out`);
  }
  return relative(process.cwd(), dirname(folder)) || ".";
}

/** The solved lesson with its metadata, and the learners' copy. */
async function filesOf(path: string, target: string): Promise<Made[]> {
  const { annotate } = await import("../grading/release/annotate.js");
  const { ReleaseError } = await import("../grading/release/error.js");
  const { exerciseCells } = await import("../grading/release/cells.js");
  const { jupyterText, release: released } = await import("../grading/release/release.js");
  const { loadExercise } = await import("../grading/lessons.js");
  const notebook = await readNotebook(path);
  try {
    const points = new Map<string, number>();
    for (const { id } of exerciseCells(notebook)) points.set(id, (await loadExercise(id)).points);
    const solved = annotate(notebook, (id) => points.get(id)!);
    return [
      { file: path, text: serializeNotebook(solved) },
      { file: target, text: jupyterText(released(solved)) },
    ];
  } catch (error) {
    if (!(error instanceof ReleaseError || error instanceof RangeError)) throw error;
    throw new CommandError(`${path}: ${error.message}`);
  }
}

/** What is made from all lessons together, and what is wrong in their prose. */
async function courseOf(
  solutions: readonly string[],
  out: string | undefined,
): Promise<{ files: Made[]; problems: string[] }> {
  const { courseFiles, courseProblems } = await import("../lessons/course.js");
  const { readLesson } = await import("../lessons/lesson.js");
  const lessons = await Promise.all(
    solutions.map(async (path) => readLesson(basename(path), await readNotebook(path))),
  );
  const folders = { copies: out ?? folderAbove(solutions[0]!), solutions: dirname(solutions[0]!) };
  const files = courseFiles(lessons).map(({ name, beside, text }) => ({
    file: join(folders[beside], name),
    text,
  }));
  return { files, problems: courseProblems(lessons) };
}

async function refuseAnswers(file: string, present: string): Promise<void> {
  const { changedCells } = await import("../grading/release/release.js");
  const { isSolution } = await import("../grading/nbgrader/metadata.js");
  const answered = changedCells(parseNotebook(present), isSolution);
  if (answered.length > 0) {
    throw new CommandError(
      `${file} has answers in it (${answered.join(", ")}): move it away, or say --force`,
    );
  }
}
