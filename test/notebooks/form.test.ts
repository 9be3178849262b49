/**
 * The solved lessons as files: what every notebook of notebooks/solutions has to be. Running them is `npm run lessons`;
 * their outputs are made by `npx arl run notebooks/solutions/*.ipynb --stills --in-place`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Cell {
  id: string;
  cell_type: "code" | "markdown";
  source: string[];
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
  execution_count?: number | null;
}

interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

const folder = fileURLToPath(new URL("../../notebooks/solutions/", import.meta.url));
const plotlyType = "application/vnd.plotly.v1+json";
const entries = ["agentic-rl-lab", "agentic-rl-lab/notebook", "@tensorflow/tfjs", "danfojs-node"];

describe.each(readdirSync(folder).filter((file) => file.endsWith(".ipynb")))("%s", (file) => {
  const text = readFileSync(folder + file, "utf8");
  const notebook = JSON.parse(text) as Notebook;
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");

  it("is written as Jupyter writes it, format 4.5, for this kernel", () => {
    expect(text).toBe(`${JSON.stringify(notebook, null, 1)}\n`);
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    expect(notebook.metadata).toMatchObject({
      kernelspec: { name: "agentic-rl", display_name: "TypeScript (Agentic RL)", language: "typescript" },
      language_info: { name: "typescript" },
    });
  });

  it("has cells with ids of their own", () => {
    const ids = notebook.cells.map((cell) => cell.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it("holds the outputs of one run from top to bottom, without an error", () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, index) => index + 1));
    for (const { id, outputs } of code) {
      expect(
        outputs!.filter(({ output_type }) => output_type === "error"),
        id,
      ).toEqual([]);
    }
  });

  it("has a picture beside each figure, for who reads it where nothing draws them", () => {
    const shown = code.flatMap(({ outputs }) => outputs!).filter(({ data }) => data?.[plotlyType]);
    expect(shown.length).toBeGreaterThan(0);
    for (const { data } of shown) expect(data!["image/png"]).toMatch(/^iVBOR/);
    expect(text.length).toBeLessThan(6_000_000);
  });

  it("holds its lines as Jupyter does: one a string, each but the last with its line end", () => {
    for (const { id, source } of notebook.cells) {
      expect(source.length, id).toBeGreaterThan(0);
      source.forEach((line, index) => {
        expect(line.indexOf("\n"), id).toBe(index < source.length - 1 ? line.length - 1 : -1);
      });
    }
  });

  it("imports the public entries only", () => {
    for (const cell of code) {
      const imports = [...cell.source.join("").matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)];
      for (const [, name] of imports) expect(entries, cell.id).toContain(name);
    }
  });
});
