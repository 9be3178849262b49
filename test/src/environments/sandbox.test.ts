import { describe, expect, it } from "vitest";
import { callInSandbox } from "../../../src/environments/sandbox.js";

const run = async (body: string, ...inputs: number[]) =>
  callInSandbox(
    `function f(x) { ${body} }`,
    "f",
    inputs.map((x) => [x]),
  );

describe("callInSandbox", () => {
  it("runs the program on every input", async () => {
    expect(await run("return x * x - 1;", 0, 1, 5, -3)).toEqual([
      { returned: -1 },
      { returned: 0 },
      { returned: 24 },
      { returned: 8 },
    ]);
  });

  it("returns plain values and refuses the others", async () => {
    expect(await run("return [1.5, 'a b', true, false, null, undefined][x];", 0, 1, 2, 3, 4, 5)).toEqual([
      { returned: 1.5 },
      { returned: "a b" },
      { returned: true },
      { returned: false },
      { returned: null },
      { returned: undefined },
    ]);
    expect(await run("return x === 0 ? f : x === 1 ? {} : 1n;", 0, 1, 2)).toEqual([
      { failed: "value", message: "returned a function where a plain value is expected" },
      { failed: "value", message: "returned a object where a plain value is expected" },
      { failed: "value", message: "returned a bigint where a plain value is expected" },
    ]);
  });

  it("reports a syntax error for every call", async () => {
    const outcomes = await run("return x * ;", 1, 2);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ failed: "syntax" });
      expect(outcome).toHaveProperty("message", expect.stringMatching(/^SyntaxError: /));
    }
  });

  it("reports what a program throws, whatever that is, and goes on with the next call", async () => {
    expect(await run("return y;", 1)).toEqual([
      { failed: "error", message: "ReferenceError: 'y' is not defined" },
    ]);
    expect(await run("if (x === 1) throw new TypeError('no ones'); return x;", 1, 2)).toEqual([
      { failed: "error", message: "TypeError: no ones" },
      { returned: 2 },
    ]);
    expect(await run("throw x;", 7)).toEqual([{ failed: "error", message: "Error: thrown" }]);
    const hostile = "throw { get name() { throw 1; }, get message() { for (;;) {} } };";
    expect(await run(hostile, 7)).toEqual([{ failed: "error", message: "Error: thrown" }]);
  });

  it("stops endless loops, also those that catch everything, and endless recursion", async () => {
    for (const body of ["while (true) {}", "for (;;) { try { f(x); } catch {} }"]) {
      expect(await run(`${body} return 1;`, 1)).toEqual([
        { failed: "timeout", message: "stopped: the program ran too long" },
      ]);
    }
    expect(await run("return x > 0 ? f(x) : 5;", 1, 0)).toEqual([
      { failed: "error", message: expect.stringContaining("stack overflow") as string },
      { returned: 5 },
    ]);
    // At the top level too, before there is any function to call.
    expect(await callInSandbox("while (true) {}", "f", [[1]])).toMatchObject([{ failed: "timeout" }]);
  });

  it("stops at the same number of steps every time", async () => {
    const body = "while (true) n++;";
    const count = async () => {
      const source = `let n = 0; function f(x) { if (x === 0) return n; ${body} }`;
      return (await callInSandbox(source, "f", [[1], [0]]))[1];
    };
    expect(await count()).toEqual(await count());
  });

  it("stops programs that fill the memory", async () => {
    for (const body of [
      "const all = []; while (true) all.push({});",
      "return 'ab'.repeat(10_000_000);",
      "return new Uint8Array(2 ** 30).length;",
    ]) {
      expect(await run(body, 1)).toEqual([
        { failed: "memory", message: "stopped: the program used too much memory" },
      ]);
    }
    expect(await run("let s = 'ab'; while (true) s += s;", 1)).toEqual([
      { failed: "error", message: "InternalError: string too long" },
    ]);
    expect(await run("return x;", 3)).toEqual([{ returned: 3 }]);
  });

  it("reaches nothing of the host", async () => {
    for (const name of [
      "process",
      "require",
      "module",
      "fetch",
      "setTimeout",
      "console",
      "WebAssembly",
      "std",
    ]) {
      expect(await run(`return typeof ${name};`, 1)).toEqual([{ returned: "undefined" }]);
    }
    const escapes = "return f.constructor('return typeof process + typeof globalThis.require')();";
    expect(await run(escapes, 1)).toEqual([{ returned: "undefinedundefined" }]);
    expect(await run("import('node:fs'); return 1;", 1)).toEqual([{ returned: 1 }]);
  });

  it("keeps nothing from one run to the next", async () => {
    expect(await run("globalThis.secret = x; Array.prototype.map = null; return secret;", 4)).toEqual([
      { returned: 4 },
    ]);
    expect(await run("return typeof secret + typeof [].map;", 1)).toEqual([
      { returned: "undefinedfunction" },
    ]);
  });

  it("leaves the host as it was after many runs", async () => {
    const start = performance.now();
    for (let i = 0; i < 300; i++) expect(await run(`return x + ${i};`, 1)).toEqual([{ returned: i + 1 }]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
