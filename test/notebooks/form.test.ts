/** The lessons as files: what every notebook of notebooks/solutions has to be. Running them is another test. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Cell {
  id: string;
  cell_type: "code" | "markdown";
  source: string[];
  outputs?: unknown[];
  execution_count?: number | null;
}

interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

const folder = fileURLToPath(new URL("../../notebooks/solutions/", import.meta.url));
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

  it("has cells with ids of their own and no outputs", () => {
    const ids = notebook.cells.map((cell) => cell.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    for (const cell of code) expect([cell.outputs, cell.execution_count], cell.id).toEqual([[], null]);
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
