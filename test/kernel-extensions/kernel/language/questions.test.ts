/** Completion, documentation and completeness. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
beforeAll(async () => {
  notebook = new TestNotebook();
  await notebook.cells(
    "/** Counts the steps of an episode. */\nlet stepCount = 0;\nconst settings = { learningRate: 0.1, groupSize: 8 };",
    "/**\n * Adds two numbers.\n * @param left the first\n * @example plus(1, 2)\n */\nfunction plus(left: number, right: number): number { return left + right }",
  );
});
afterAll(() => notebook.remove());

/** `|` marks the cursor. */
function ask(marked: string): { code: string; offset: number } {
  const offset = marked.indexOf("|");
  return { code: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

describe("completion", () => {
  const matches = (marked: string) => {
    const { code, offset } = ask(marked);
    return notebook.language.complete(code, offset);
  };

  it("of members, with what is typed replaced", () => {
    expect(matches("settings.gr|")).toEqual({
      start: 9,
      end: 11,
      matches: [{ text: "groupSize", kind: "property" }],
    });
    expect(matches("Math.ma|").matches.map((m) => m.text)).toEqual(["max"]);
  });

  it("of the notebook's own names, and of nothing the kernel added", () => {
    const names = matches("|").matches.map((m) => m.text);
    expect(names).toEqual(expect.arrayContaining(["stepCount", "settings", "plus", "input"]));
    expect(
      names.filter((n) => n.includes("$") || n.startsWith("__cell") || n.startsWith("__notebook")),
    ).toEqual([]);
  });

  it("same case first", () => {
    expect(
      matches("let plot = 1; pl|")
        .matches.map((m) => m.text)
        .slice(0, 2)
        .sort(),
    ).toEqual(["plot", "plus"]);
  });

  it("in the middle of a word, inside strings of imports, and in broken code", () => {
    expect(matches("step|Cou").matches.map((m) => m.text)).toContain("stepCount");
    expect(matches("import * as fs from 'node:f|'").matches.map((m) => m.text)).toContain("node:fs");
    expect(matches("foo(settings.le|").matches.map((m) => m.text)).toEqual(["learningRate"]);
  });

  it("does not disturb a cell that is compiled or committed", async () => {
    matches("let stepCount: string = '|'");
    expect(await notebook.value("stepCount + 1")).toBe("1");
  });
});

describe("documentation", () => {
  const inspect = (marked: string) => {
    const { code, offset } = ask(marked);
    return notebook.language.inspect(code, offset);
  };

  it("has signature, text and tags, in plain and in Markdown", () => {
    const found = inspect("plu|s");
    expect(found?.plain).toContain("function plus(left: number, right: number): number");
    expect(found?.plain).toContain("Adds two numbers.");
    expect(found?.markdown).toContain("```typescript");
    expect(found?.markdown).toContain("**Example**");
  });

  it("of variables as the reader declared them", () => {
    expect(inspect("stepCoun|t")?.plain).toMatch(/^let stepCount: number/);
    expect(inspect("settings|")?.plain).toMatch(/^const settings: \{/);
  });

  it("of the call one is inside, and nothing for nothing", () => {
    expect(inspect("plus(|")?.plain).toContain("plus(left: number, right: number)");
    expect(inspect("|   ")).toBeUndefined();
    expect(inspect("noSuchName|")).toBeUndefined();
  });
});

describe("completeness", () => {
  it.each([
    "1 + 1",
    "const a = 1",
    "function f() { return 1 }",
    "await x",
    "// comment",
    "",
    "foo()\n  .bar()",
    "for (const x of y) {\n}",
  ])("complete: %j", (code) => expect(notebook.language.isComplete(code)).toEqual({ status: "complete" }));

  it.each([
    ["function f() {", "  "],
    ["if (x) {\n  y(", "    "],
    ["const a = [", "  "],
    ["1 +", ""],
    ["`template ${a}", ""],
    ["`open", ""],
    ["/* comment", ""],
    ["class A {\n  m() {\n", "    "],
    ["const f = async () =>", ""],
    ["foo(1,", ""],
  ])("incomplete: %j, indent %j", (code, indent) =>
    expect(notebook.language.isComplete(code)).toEqual({ status: "incomplete", indent }),
  );

  it.each(["const = 1", "}", "a b c", "let let = ;", '"open', "if if", ")"])("invalid: %j", (code) =>
    expect(notebook.language.isComplete(code)).toEqual({ status: "invalid" }),
  );
});
