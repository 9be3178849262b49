import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CodeCell, ErrorOutput, Notebook } from "../../../kernel-extensions/client/notebook.js";
import { hasPythonModule } from "../../support/debian-packages.mjs";
import { arl, kernels, notebookFolder, notebookText, temporary } from "./support.js";

type Executed = Omit<Notebook, "cells"> & { cells: CodeCell[] };

function read(...path: string[]): Executed {
  return JSON.parse(readFileSync(join(...path), "utf8")) as Executed;
}

describe.each(kernels)("arl run with $name", ({ name, print, fail, sleep, die }) => {
  const run = (cwd: string, ...args: string[]) =>
    arl(["run", "lesson.ipynb", "--kernel", name, ...args], { cwd });

  it("writes the executed notebook, and leaves the source alone", async () => {
    const folder = notebookFolder(
      [{ markdown: "# Title" }, { code: print("hello") }, { code: "1 + 1" }],
      name,
    );
    const source = readFileSync(join(folder, "lesson.ipynb"), "utf8");
    const { code, stdout, stderr } = await run(folder);
    expect({ code, stdout }).toEqual({ code: 0, stdout: join("out", "lesson.ipynb") + "\n" });
    expect(stderr).toMatch(/^lesson {2}cell 1\/2 {2}\d+\.\d s\nlesson {2}cell 2\/2 {2}\d+\.\d s\n$/);
    expect(readFileSync(join(folder, "lesson.ipynb"), "utf8")).toBe(source);

    const { cells, metadata, ...format } = read(folder, "out", "lesson.ipynb");
    expect(format).toEqual({ nbformat: 4, nbformat_minor: 5 });
    expect(metadata).toHaveProperty("language_info.file_extension");
    expect(cells[0]).toEqual({ cell_type: "markdown", id: "cell-0", metadata: {}, source: "# Title" });
    expect(cells[1]).toMatchObject({
      execution_count: 1,
      outputs: [{ name: "stdout", output_type: "stream", text: ["hello\n"] }],
    });
    expect(cells[2]).toMatchObject({
      execution_count: 2,
      outputs: [{ output_type: "execute_result", execution_count: 2, data: { "text/plain": ["2"] } }],
    });
  });

  it("stops at a failing cell, and still writes what there is", async () => {
    const stale = [{ name: "stdout", output_type: "stream", text: ["stale"] }];
    const folder = notebookFolder(
      [{ code: print("before") }, { code: fail }, { code: print("after"), outputs: stale }],
      name,
    );
    const { code, stderr } = await run(folder, "--html");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^lesson.ipynb: cell 2 of 3(, line 1)?: (Range|Overflow)Error: too far$/m);
    const { cells } = read(folder, "out", "lesson.ipynb");
    expect(cells.map((cell) => cell.outputs.map((output) => output.output_type))).toEqual([
      ["stream"],
      ["error"],
      [],
    ]);
    expect(existsSync(join(folder, "out", "lesson.html"))).toBe(true);
  });

  it("goes on after errors that are expected", async () => {
    const cells = [{ code: fail, tags: ["raises-exception"] }, { code: print("after") }];
    const folder = notebookFolder(cells, name);
    expect(await run(folder, "--in-place")).toMatchObject({ code: 0, stdout: "lesson.ipynb\n" });
    expect(read(folder, "lesson.ipynb").cells[1]).toMatchObject({ outputs: [{ text: ["after\n"] }] });

    const untagged = notebookFolder(
      [{ code: fail }, { code: print("after") }, { code: fail, tags: ["raises-exception"] }],
      name,
    );
    const { code, stderr } = await run(untagged, "--allow-errors");
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^lesson.ipynb: cell 1 of 3(, line 1)?: (Range|Overflow)Error: too far\nlesson.ipynb: 1 of 3 cells failed, .*\n$/m,
    );
    expect(stderr.match(/^lesson.ipynb: cell/gm)).toHaveLength(1);
    expect(read(untagged, "out", "lesson.ipynb").cells[1]).toMatchObject({
      outputs: [{ text: ["after\n"] }],
    });
  });

  it("interrupts a cell that takes too long", async () => {
    const folder = notebookFolder(
      [{ code: print("before") }, { code: sleep }, { code: print("after") }],
      name,
    );
    const { code, stderr } = await run(folder, "--timeout", "4");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^lesson.ipynb: cell 2 of 3(, line \d)?: took longer than 4 s; allow more with --timeout$/m,
    );
    const { cells } = read(folder, "out", "lesson.ipynb");
    expect(cells.map((cell) => cell.outputs.length)).toEqual([1, 1, 0]);
    const error = cells[1]!.outputs[0] as ErrorOutput;
    expect(error.evalue).toMatch(/stopped after 4 s \(--timeout\)$/);
    expect(error.traceback.at(-1)).toBe("stopped after 4 s (--timeout)");
  });

  it("tells when the kernel died", async () => {
    const folder = notebookFolder([{ code: print("before") }, { code: die }, { code: print("after") }], name);
    const { code, stderr } = await run(folder);
    expect(code).toBe(1);
    expect(stderr).toContain(`lesson.ipynb: cell 2 of 3: the kernel "${name}" was ended by SIGKILL`);
    expect(read(folder, "out", "lesson.ipynb").cells[0]).toMatchObject({ outputs: [{ text: ["before\n"] }] });
  });

  it("on Ctrl-C interrupts the cell and writes what there is", async () => {
    const folder = notebookFolder([{ code: print("before") }, { code: sleep }], name);
    const { code, stdout, stderr } = await arl(["run", "lesson.ipynb", "--kernel", name], {
      cwd: folder,
      signalAfter: { text: "cell 1/2", signal: "SIGINT" },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: join("out", "lesson.ipynb") + "\n" });
    expect(stderr).toContain("interrupted");
    expect(read(folder, "out", "lesson.ipynb").cells[0]).toMatchObject({ outputs: [{ text: ["before\n"] }] });
  });
});

it.each(kernels.filter((kernel) => kernel.stubborn))(
  "arl run ends a kernel that cannot be interrupted: $name",
  async ({ name, stubborn }) => {
    const folder = notebookFolder([{ code: stubborn! }], name);
    const { code, stderr } = await arl(["run", "lesson.ipynb", "--kernel", name, "--timeout", "0.5"], {
      cwd: folder,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      "took longer than 0.5 s, and did not stop when interrupted: its kernel was ended",
    );
  },
);

describe("arl run", () => {
  const { name, print } = kernels[0]!;

  it("runs every notebook in its own folder and kernel, and goes on after one that fails", async () => {
    const folder = temporary();
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "one.ipynb"), notebookText([{ code: "const x = process.cwd(); x" }]));
    writeFileSync(join(folder, "broken.ipynb"), "{");
    writeFileSync(join(folder, "two.ipynb"), notebookText([{ code: "const x = 2; x" }]));
    const { code, stdout, stderr } = await arl(
      ["run", "a/one.ipynb", "broken.ipynb", "missing.ipynb", "a", "two.ipynb", "--kernel", name],
      { cwd: folder },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "out/one.ipynb\nout/two.ipynb\n" });
    expect(stderr).toMatch(/^broken.ipynb: not valid JSON: /m);
    expect(stderr).toMatch(/^missing.ipynb: there is no such file$/m);
    expect(stderr).toMatch(/^a: that is a folder; name the notebooks in it, such as a\/\*\.ipynb$/m);
    const result = JSON.stringify(read(folder, "out", "one.ipynb").cells[0]!.outputs);
    expect(result).toContain(join(realpathSync(folder), "a"));
  });

  it("names the line of the cell, not of the function it called", async () => {
    const folder = notebookFolder([
      { code: 'const go = () => {\n\n  throw new Error("no");\n};' },
      { code: "const a = 1;\ngo();" },
    ]);
    const { stderr } = await arl(["run", "lesson.ipynb"], { cwd: folder });
    expect(stderr).toMatch(/^lesson.ipynb: cell 2 of 2, line 2: Error: no$/m);
  });

  it("leaves cells alone that are empty or told to be", async () => {
    const kept = [{ name: "stdout", output_type: "stream", text: ["kept"] }];
    const folder = notebookFolder([
      { code: " \n" },
      { code: "throw 1", tags: ["skip-execution"], outputs: kept },
      { code: print("done") },
    ]);
    const { code, stderr } = await arl(["run", "lesson.ipynb"], { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^lesson {2}cell 1\/1/);
    expect(read(folder, "out", "lesson.ipynb").cells.map((cell) => cell.outputs.length)).toEqual([0, 1, 1]);
  });

  it("says when a notebook was made for another kernel, or the kernel is not there", async () => {
    const folder = notebookFolder([], "other");
    const other = await arl(["run", "lesson.ipynb"], { cwd: folder });
    expect(other.stderr).toContain("made for the kernel other, run with agentic-rl");
    const unknown = await arl(["run", "lesson.ipynb", "--kernel", "no-such"], { cwd: folder });
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toMatch(
      /no kernel named no-such is registered with Jupyter: --kernel is one of .*\bagentic-rl\b/,
    );
  });

  it("says when it cannot write", async () => {
    const folder = notebookFolder([]);
    writeFileSync(join(folder, "file"), "");
    const { code, stderr } = await arl(["run", "lesson.ipynb", "--out", "file"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^arl run: file\/lesson.ipynb cannot be written .*: choose another --out$/m);
  });
});

/** The reference implementation on the same notebook and kernel. */
const nbclient = `
import sys, nbformat
from nbclient import NotebookClient
nb = nbformat.read("lesson.ipynb", 4)
NotebookClient(nb, kernel_name="python3", allow_errors=True, record_timing=False).execute()
nbformat.validate(nb)
nbformat.write(nb, "nbclient.ipynb")
`;

describe.runIf(hasPythonModule("nbclient") && hasPythonModule("ipykernel"))("beside nbclient", () => {
  it("writes the same outputs", async () => {
    const folder = notebookFolder(
      [
        { code: "1 + 1" },
        { code: "from IPython.display import *\nh = display('first', display_id='d')\nprint('x')" },
        {
          code: "h.update({'text/plain': 'second', 'image/png': 'AAAA'}, raw=True)\ndisplay('third', display_id='d')",
        },
        { code: "for i in range(3):\n  clear_output(wait=True)\n  display(i)" },
        { code: "display('gone')\nclear_output()" },
        {
          code: "display(HTML('<b>1</b>\\n2'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'), JSON({'a': 'b\\nc'}))",
        },
        {
          code: "display({'application/javascript': 'a\\nb', 'text/latex': '$x$\\n'}, raw=True, metadata={'a': 1})",
        },
        { code: "raise ValueError('no\\nway')" },
      ],
      "python3",
    );
    expect(
      await arl(["run", "lesson.ipynb", "--kernel", "python3", "--allow-errors"], { cwd: folder }),
    ).toMatchObject({
      code: 0,
    });
    execFileSync("/usr/bin/python3", ["-c", nbclient], { cwd: folder, stdio: "pipe" });
    const ours = read(folder, "out", "lesson.ipynb");
    const theirs = read(folder, "nbclient.ipynb");
    expect(ours.cells.map((cell) => cell.outputs)).toEqual(theirs.cells.map((cell) => cell.outputs));
    expect(ours.metadata).toEqual(theirs.metadata);
  });
});
