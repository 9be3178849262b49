/** Type, syntax and runtime errors: code, message, and the place in the cell. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
beforeAll(() => {
  notebook = new TestNotebook({
    "faulty.ts": "export const a = 1;\nexport const wrong: string = a;\n",
    "thrower.ts": "export function fail(): never {\n  throw new RangeError('from a module');\n}\n",
  });
});
afterAll(() => notebook.remove());

describe("type errors", () => {
  it("carry code, message, line, column and the line itself", async () => {
    const error = await notebook.error("const fine = 1;\nconst wrong: string = fine;");
    expect(error.ename).toBe("TS2322");
    expect(error.evalue).toBe("Type 'number' is not assignable to type 'string'.");
    expect(error.traceback).toContain("Cell [1]:2:7");
    expect(error.traceback).toContain("> 2 | const wrong: string = fine;\n    |       ^^^^^");
  });

  it("strict rules hold", async () => {
    expect((await notebook.error("function f(x) { return x }")).ename).toBe("TS7006");
    expect((await notebook.error("let s: string | null = null as string | null; s.length")).ename).toBe(
      "TS18047",
    );
  });

  it("assigning an earlier constant is called that, an earlier variable is checked against its type", async () => {
    await notebook.value("const constant = 1; let variable = 1");
    expect(await notebook.error("constant = 2")).toMatchObject({
      ename: "TS2588",
      evalue: "Cannot assign to 'constant' because it is a constant.",
    });
    expect((await notebook.error("variable = 'text'")).ename).toBe("TS2322");
  });

  it("in a local module are shown with its name and line", async () => {
    const error = await notebook.error("import { wrong } from './faulty'");
    expect(error.ename).toBe("TS2322");
    expect(error.traceback).toContain("faulty.ts:2:14");
    notebook.write({ "faulty.ts": "export const wrong = 'mended';\n" });
    expect(await notebook.value("import { wrong } from './faulty'; wrong")).toBe("'mended'");
  });

  it("all of them are listed, and none from outside the cell's text", async () => {
    const error = await notebook.error("nope1;\nnope2;");
    expect(error.evalue).toMatch(/nope1.*and 1 more/);
    expect(error.traceback.match(/at Cell/g)).toHaveLength(2);
  });

  it("an unknown import names the module", async () => {
    expect((await notebook.error("import x from 'no-such-package'")).evalue).toContain("'no-such-package'");
  });
});

describe("syntax errors", () => {
  it.each([
    ["const = 1", "1:7"],
    ["foo(", "1:5"],
    ["`open", "1:6"],
    ["if (x) {\n  y(\n", "3:1"],
    ["return 1", "1:1"],
  ])("%j at %s", async (code, place) => {
    const error = await notebook.error(code);
    expect(error.ename).toMatch(/^TS1\d\d\d$/);
    expect(error.traceback).toContain(`:${place}`);
  });
});

describe("runtime errors", () => {
  it("show cell, line and column through the source map, and the functions in between", async () => {
    await notebook.value(
      "interface Padding { a: number }\n\nfunction thrower(n: number): void {\n  if (n > 0) throw new Error('deep');\n}",
    );
    const error = await notebook.error("const before: number = 1;\n\nthrower(before);");
    expect(error).toMatchObject({ ename: "Error", evalue: "deep" });
    expect(error.traceback).toMatch(/at thrower \(Cell \[\d+\]:4:20\)/);
    expect(error.traceback).toMatch(/at Cell \[\d+\]:3:\d/);
    expect(error.traceback).toContain("> 4 |   if (n > 0) throw new Error('deep');");
    expect(error.traceback).not.toContain("kernel-extensions");
  });

  it("after an await as well", async () => {
    const error = await notebook.error(
      "await null;\nawait (async () => {\n  await null;\n  JSON.parse('}');\n})()",
    );
    expect(error.ename).toBe("SyntaxError");
    expect(error.traceback).toContain(":4:8");
  });

  it("in a local module", async () => {
    const error = await notebook.error("import { fail } from './thrower.js';\nfail()");
    expect(error.traceback).toContain("at fail (thrower.ts:2:9)");
  });

  it("causes, aggregates and extra fields are shown", async () => {
    const error = await notebook.error(
      "throw Object.assign(new Error('outer', { cause: new TypeError('inner') }), { detail: 42 })",
    );
    expect(error.traceback).toContain("inner");
    expect(error.traceback).toContain("detail: 42");
  });

  it.each([
    ["throw 'text'", "'text'"],
    ["throw null", "null"],
    ["throw undefined", "undefined"],
    ["throw { a: 1 }", "{ a: 1 }"],
    ["throw Symbol('s')", "Symbol(s)"],
  ])("%s is shown as what it is", async (code, shown) => {
    expect(await notebook.error(code)).toMatchObject({ ename: "Thrown", evalue: shown });
  });

  it("an error that fights being read does no harm", async () => {
    const hostile =
      "const evil = new Error('x'); Object.defineProperty(evil, 'message', { get() { throw new Error('no') } }); throw evil";
    expect((await notebook.error(hostile)).ename).toBe("Error");
    expect(await notebook.value("1 + 1")).toBe("2");
  });
});
