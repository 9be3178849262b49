import { execFile, execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Notebook } from "../../../../../kernel-extensions/client/notebook.js";
import type { Model } from "../../../../../kernel-extensions/lab/server/contents/model.js";
import { textOf } from "../../../../../kernel-extensions/lab/server/contents/notebooks.js";
import { packageRoot } from "../../../../../kernel-extensions/package-root.js";
import { hasPython, python } from "../../../../support/python.js";
import { type Served, body, serve } from "../serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

type Cells = Record<string, unknown>[];
const notebook = (cells: Cells) =>
  ({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { signature: "old", b: 1, a: 2 },
    cells,
  }) as unknown as Notebook;
const html = { "text/html": "<b>1\n</b>", "text/plain": "1" };
const code = (data: unknown, trusted?: boolean, id = "c") => ({
  cell_type: "code",
  id,
  source: "let a = 1;\nlet é = 'ü';",
  metadata: trusted === undefined ? {} : { trusted },
  execution_count: 1,
  outputs: [{ output_type: "display_data", data, metadata: {} }],
});
const save = (path: string, content: unknown) =>
  served.request(`/api/contents/${path}`, body("PUT", { type: "notebook", format: "json", content }));
const load = (path: string) => served.json<Model>(`/api/contents/${path}?type=notebook`);
const trustOf = async (path: string) =>
  ((await load(path)).content as Notebook).cells.map(({ metadata }) => metadata.trusted);

describe("on disk", () => {
  const everything = notebook([
    { cell_type: "markdown", id: "m", source: "# Ü\n\ntext\n", metadata: {} },
    {
      cell_type: "markdown",
      id: "att",
      source: "",
      metadata: { tags: ["x"] },
      attachments: { "a.png": { "image/png": "iVBOR" } },
    },
    { cell_type: "raw", id: "r", source: "raw", metadata: {} },
    {
      ...code({
        ...html,
        "image/png": "iVBOR\n",
        "image/svg+xml": "<svg>\n</svg>",
        "application/json": ["a", 1],
      }),
      outputs: [
        { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
        {
          output_type: "execute_result",
          execution_count: 1,
          metadata: {},
          data: {
            ...html,
            "image/png": "iVBOR\n",
            "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] },
          },
          transient: { display_id: "x" },
        },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["a\nb", "c"] },
      ],
    },
  ]);

  it.skipIf(!hasPython("nbformat"))("is byte for byte what Jupyter's nbformat writes", async () => {
    expect((await save("same.ipynb", everything)).status).toBe(201);
    const script = `
import nbformat, sys
notebook = nbformat.reads(sys.stdin.read(), as_version=4)
nbformat.validate(notebook)
sys.stdout.reconfigure(encoding="utf-8", newline="")
nbformat.write(notebook, sys.stdout)`;
    const ours = readFileSync(join(served.root, "same.ipynb"), "utf8");
    const theirs = execFileSync(python, ["-c", script], { input: ours, encoding: "utf8" });
    expect(ours).toBe(theirs);
  });

  it("comes back with whole texts, as it was", async () => {
    await save("back.ipynb", everything);
    const { content } = await load("back.ipynb");
    const cells = (content as Notebook).cells;
    expect(cells[0]!.source).toBe("# Ü\n\ntext\n");
    expect(cells[3]!.outputs).toEqual([
      { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
      {
        output_type: "execute_result",
        execution_count: 1,
        metadata: {},
        data: {
          ...html,
          "image/png": "iVBOR\n",
          "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] },
        },
      },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["a\nb", "c"] },
    ]);
    expect(textOf(content as Notebook)).toBe(readFileSync(join(served.root, "back.ipynb"), "utf8"));
  });

  it("has a checkpoint from the first save on", async () => {
    await save("first.ipynb", notebook([]));
    expect(await served.json("/api/contents/first.ipynb/checkpoints")).toHaveLength(1);
  });
});

describe("refusals", () => {
  it.each([
    ["{", /cannot be opened: not valid JSON/],
    ["[]", /no notebook/],
    [`{"nbformat": 3, "worksheets": []}`, /notebook format 3 is not supported.*jupyter nbconvert/],
    [`{"nbformat": 5, "cells": []}`, /notebook format 5 is not supported/],
    [`{"nbformat": 4}`, /no list of cells/],
  ])("of reading %s", async (text, message) => {
    served.write("bad.ipynb", text);
    const response = await served.request("/api/contents/bad.ipynb?type=notebook");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(message) as string });
    // As text, it can be mended.
    expect((await served.json<Model>("/api/contents/bad.ipynb?type=file&format=text")).content).toBe(text);
  });

  it("of writing what is no notebook, leaving the file as it was", async () => {
    await save("kept.ipynb", notebook([]));
    const before = readFileSync(join(served.root, "kept.ipynb"), "utf8");
    for (const content of [{}, "text", [], { nbformat: 3, cells: [] }, { nbformat: 4, cells: [1] }]) {
      expect((await save("kept.ipynb", content)).status).toBe(400);
    }
    expect(readFileSync(join(served.root, "kept.ipynb"), "utf8")).toBe(before);
  });
});

describe("trust", () => {
  it("is given to what was run here, and lost when somebody else changes the file", async () => {
    await save("mine.ipynb", notebook([code(html, true)]));
    expect(await trustOf("mine.ipynb")).toEqual([true]);
    const file = join(served.root, "mine.ipynb");
    served.write("mine.ipynb", readFileSync(file, "utf8").replace("<b>1", "<script>1"));
    expect(await trustOf("mine.ipynb")).toEqual([false]);
  });

  it("needs all cells, harmless outputs aside", async () => {
    await save("mixed.ipynb", notebook([code(html, true, "a"), code(html, false, "b")]));
    expect(await trustOf("mixed.ipynb")).toEqual([false, false]);
    const picture = { "text/plain": "1", "image/png": "iVBOR" };
    await save("harmless.ipynb", notebook([code(html, true, "a"), code(picture, false, "b")]));
    expect(await trustOf("harmless.ipynb")).toEqual([true, true]);
  });

  it("is not believed when the file itself claims it", async () => {
    served.write("foreign.ipynb", JSON.stringify(notebook([code(html, true, "foreign")])));
    expect(await trustOf("foreign.ipynb")).toEqual([false]);
  });

  it("is not written into the file", async () => {
    await save("clean.ipynb", notebook([code(html, true)]));
    const text = readFileSync(join(served.root, "clean.ipynb"), "utf8");
    expect(text).not.toContain("trusted");
    expect(text).not.toContain("signature");
  });

  it("is given on demand, and survives another way to write the same notebook", async () => {
    served.write("asked.ipynb", JSON.stringify(notebook([code(html, undefined, "asked")])));
    expect(await trustOf("asked.ipynb")).toEqual([false]);
    const response = await served.request("/api/contents/asked.ipynb/trust", { method: "POST" });
    expect(response.status).toBe(201);
    expect(await trustOf("asked.ipynb")).toEqual([true]);
    served.write("asked.ipynb", textOf(notebook([code(html, undefined, "asked")])));
    expect(await trustOf("asked.ipynb")).toEqual([true]);
  });

  it("is not asked of outputs that are none: what was typed is saved", async () => {
    const odd = [null, [], "x", 1, [null], [1], [[]], [{ output_type: "display_data", data: null }]];
    for (const [index, outputs] of odd.entries()) {
      const cell = { ...code(html), outputs, source: "kept" };
      const response = await save(`odd${String(index)}.ipynb`, notebook([cell]));
      expect(response.status, JSON.stringify(outputs)).toBe(201);
      expect(readFileSync(join(served.root, `odd${String(index)}.ipynb`), "utf8")).toContain("kept");
    }
  });

  it("rests on one secret, whoever of many servers starts first", async () => {
    const state = join(served.state, "race");
    const compiled = join(packageRoot(), "dist/kernel-extensions/lab/server/contents/trust.js");
    const script = `
      const { TrustedNotebooks } = await import(${JSON.stringify(pathToFileURL(compiled).href)});
      while (Date.now() < Number(process.argv[1]));
      new TrustedNotebooks(${JSON.stringify(state)}).sign({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] });`;
    const start = String(Date.now() + 1500);
    const run = promisify(execFile);
    const args = ["--input-type=module", "-e", script, start];
    await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, args)));
    const signatures = readFileSync(join(state, "trust", "signatures"), "utf8")
      .trim()
      .split("\n");
    expect(new Set(signatures).size).toBe(1);
    expect(readdirSync(join(state, "trust")).sort()).toEqual(["secret", "signatures"]);
  });

  it.skipIf(process.platform === "win32")("rests on a secret that only this user can read", () => {
    expect(statSync(join(served.state, "trust", "secret")).mode & 0o777).toBe(0o600);
    expect(statSync(join(served.state, "trust")).mode & 0o777).toBe(0o700);
  });
});
