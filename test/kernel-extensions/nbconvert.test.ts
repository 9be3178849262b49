/** Lesson 1 in the classic tools: nbconvert, as it comes with Jupyter Notebook 6.4 in Debian, executes it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import {
  isCodeCell,
  joinLines,
  parseNotebook,
  serializeNotebook,
  type DisplayOutput,
} from "../../kernel-extensions/client/notebook.js";
import { installTestKernel } from "../support/kernelspec.js";
import { shortLesson } from "../support/lesson.js";
import { hasPython, python } from "../support/python.js";

const folder = mkdtempSync(join(tmpdir(), "arl-nbconvert-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.skipIf(!hasPython("nbconvert", "nbclient"))(
  "nbconvert executes lesson 1",
  { timeout: 240_000 },
  async () => {
    mkdirSync(join(folder, "lessons"));
    writeFileSync(join(folder, "lessons", "lesson.ipynb"), serializeNotebook(shortLesson()));

    const jupyter = installTestKernel();
    try {
      const args = ["--to", "notebook", "--execute", "--output", "executed.ipynb", "lessons/lesson.ipynb"];
      await new Promise<void>((resolve, reject) => {
        execFile(
          python,
          ["-m", "nbconvert", ...args],
          { cwd: folder, env: jupyter.env },
          (error, _, stderr) => {
            if (error) reject(new Error(`nbconvert failed: ${stderr}`));
            else resolve();
          },
        );
      });
    } finally {
      jupyter.remove();
    }
    const executed = parseNotebook(readFileSync(join(folder, "lessons", "executed.ipynb"), "utf8"));
    const cells = executed.cells.filter(isCodeCell).filter(({ source }) => joinLines(source).trim() !== "");
    expect(cells.length).toBeGreaterThan(1);
    expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, index) => index + 1));
    const [shown] = cells.at(-1)!.outputs as DisplayOutput[];
    expect(shown!.data["application/vnd.plotly.v1+json"]).toHaveProperty("data.0.type");
    expect(joinLines(shown!.data["text/plain"] as string)).toContain("planning");
  },
);
