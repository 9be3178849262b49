/** What a notebook's cells mean, run one after another. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
beforeAll(() => {
  notebook = new TestNotebook();
});
afterAll(() => notebook.remove());

describe("variables across cells", () => {
  it("are seen, assigned and redeclared with another type", async () => {
    expect(await notebook.cells("let a = 1", "a += 2", "a")).toBe("3");
    expect(await notebook.cells("const a = 'text'", "a.length")).toBe("4");
  });

  it("are shared with closures of earlier cells, in both directions", async () => {
    await notebook.cells("let count = 0; const bump = () => ++count;", "bump(); bump()");
    expect(await notebook.value("count")).toBe("2");
    expect(await notebook.cells("count = 10", "bump()")).toBe("11");
  });

  it("a function redefined later is what earlier callers call", async () => {
    await notebook.cells("function inner() { return 1 }\nfunction outer() { return inner() }", "outer()");
    expect(await notebook.cells("function inner() { return 2 }", "outer()")).toBe("2");
  });

  it("destructuring of every form", async () => {
    expect(
      await notebook.cells(
        "const { p, q: [r = 5, ...s], ...t } = { p: 1, q: [undefined, 2, 3] as (number | undefined)[], u: 4 };",
        "[p, r, s, t]",
      ),
    ).toBe("[ 1, 5, [ 2, 3 ], { u: 4 } ]");
    expect(
      await notebook.cells(
        "let m = 1, n = 2",
        "[m, n] = [n, m]; ({ m, n = 9 } = { m } as { m: number; n?: number })",
        "[m, n]",
      ),
    ).toBe("[ 2, 9 ]");
  });

  it("var reaches out of blocks and loops, let does not", async () => {
    expect(await notebook.cells("for (var i = 0; i < 3; i++) { var inside = i }", "[i, inside]")).toBe(
      "[ 3, 2 ]",
    );
    await notebook.value("{ let hidden = 1; hidden }");
    expect((await notebook.error("hidden")).ename).toBe("TS2304");
  });

  it("keep the names of functions and classes", async () => {
    expect(
      await notebook.cells(
        "const arrow = () => 1, Klass = class {}, fn = function () {}",
        "[arrow.name, Klass.name, fn.name]",
      ),
    ).toBe("[ 'arrow', 'Klass', 'fn' ]");
  });

  it("never shadow the globals of libraries", async () => {
    await notebook.value("const performance = 1, URL = 2, process = 3");
    expect(
      await notebook.value(
        "[typeof globalThis.performance.now, typeof globalThis.URL, globalThis.process.argv.length > 0]",
      ),
    ).toBe("[ 'function', 'function', true ]");
  });

  it("a shadowing local name is left alone", async () => {
    expect(
      await notebook.cells(
        "const x = 1; const local = (x: number) => { { const x = 7; if (x > 9) return x } return x * 2 }",
        "[local(4), ((x = 5) => x)(), ({ x: 3 }).x, x]",
      ),
    ).toBe("[ 8, 5, 3, 1 ]");
  });

  it("what a failed cell defined before failing is kept, the rest is not", async () => {
    await notebook.value("const kept0 = 0");
    const error = await notebook.error("const kept1 = 1;\nJSON.parse('{');\nconst lost = 2;");
    expect(error.ename).toBe("SyntaxError");
    expect(await notebook.value("[kept0, kept1]")).toBe("[ 0, 1 ]");
    expect((await notebook.error("lost")).ename).toBe("TS2304");
  });

  it("a cell with a type error runs nothing", async () => {
    await notebook.value("let touched = false");
    await notebook.error("touched = true; const wrong: string = 1");
    expect(await notebook.value("touched")).toBe("false");
  });
});

describe("declarations", () => {
  it("classes refer to themselves, are extended and merged with types of later cells", async () => {
    await notebook.value("class A { static one = A.make(); static make() { return new A() } n = 1 }");
    expect(
      await notebook.cells("class B extends A { m = this.n + 1 }", "[new B().m, A.one instanceof A]"),
    ).toBe("[ 2, true ]");
  });

  it("enums, const enums and namespaces", async () => {
    await notebook.value(
      "enum E { P, Q = P + 2 } const enum C { X = 'x' } namespace N { export const k = E.Q; export namespace M { export const d = 1 } }",
    );
    expect(await notebook.value("[E.Q, E[2], C.X, N.k, N.M.d]")).toBe("[ 2, 'Q', 'x', 2, 1 ]");
    expect(await notebook.cells("import D = N.M; D.d", "D.d")).toBe("1");
  });

  it("interfaces, type aliases and generics live on", async () => {
    await notebook.value("interface Shape { area: number } type Box<T> = { value: T }");
    expect(await notebook.value("const box: Box<Shape> = { value: { area: 2 } }; box.value.area")).toBe("2");
    expect((await notebook.error("const bad: Box<Shape> = { value: { area: 'x' } }")).ename).toBe("TS2322");
  });

  it("overloads, generators, decorators, using, labels, tagged templates", async () => {
    expect(
      await notebook.cells(
        "function over(a: number): number; function over(a: string): string; function over(a: unknown) { return a }",
        "function* gen() { yield 1; yield 2 }\nfunction twice(value: Function, _context: ClassDecoratorContext) { (value as unknown as { tag: string }).tag = 'seen' }",
        "@twice class Marked { declare static tag: string }",
        "[over(1), [...gen()], Marked.tag, String.raw`\\n${over('t')}`]",
      ),
    ).toBe("[ 1, [ 1, 2 ], 'seen', '\\\\nt' ]");
    expect(
      await notebook.cells(
        "const log: string[] = []",
        "using guard = { [Symbol.dispose]() { log.push('disposed') } }; log.push('body')",
        "log",
      ),
    ).toBe("[ 'body', 'disposed' ]");
    expect(
      await notebook.value(
        "let found = 0; outer: for (const i of [1, 2]) { for (const j of [3, 4]) { found = i * j; break outer } } found",
      ),
    ).toBe("3");
  });

  it("a plain call has no this", async () => {
    expect(await notebook.cells("function self(this: unknown) { return this === undefined }", "self()")).toBe(
      "true",
    );
  });
});

describe("await at the top level", () => {
  it.each([
    ["await Promise.resolve(1)", "1"],
    ["await (Promise.resolve(2))", "2"],
    ["const awaited = await Promise.resolve(3); awaited", "3"],
    ["let total = 0; for await (const n of [1, Promise.resolve(2)]) total += n; total", "3"],
    ["[await 1, await Promise.resolve(2)]", "[ 1, 2 ]"],
    ["(await Promise.resolve({ deep: 4 })).deep", "4"],
    ["if (await Promise.resolve(true)) { var branch = 5 } branch!", "5"],
    ["const { [await Promise.resolve('key')]: picked } = { key: 6 } as Record<string, number>; picked", "6"],
    ["`${await Promise.resolve(7)}`", "'7'"],
    ["const lazy = async () => (await Promise.resolve(4)) * 2; await lazy()", "8"],
    ["Promise.resolve(9)", "9"],
    ["new Promise(resolve => setTimeout(() => resolve(10), 5))", "10"],
  ])("%s", async (code, expected) => {
    expect(await notebook.value(code)).toBe(expected);
  });
});

describe("results", () => {
  it("are the value of a last expression statement only", async () => {
    expect(await notebook.value("1; 2")).toBe("2");
    expect(await notebook.value("const silent = 3")).toBeUndefined();
    expect(await notebook.value("undefined")).toBeUndefined();
    expect(await notebook.value("null")).toBe("null");
    expect(await notebook.value("for (const i of [1]) i")).toBeUndefined();
    expect(await notebook.value("({ a: 1 })")).toBe("{ a: 1 }");
    expect(await notebook.value("5; // a comment after it")).toBe("5");
  });

  it("a tensor shows its numbers", async () => {
    const shown = await notebook.cells(
      'import * as tf from "@tensorflow/tfjs"',
      "tf.tensor2d([[1, 2], [3, 4]])",
    );
    expect(shown).toBe(
      "Tensor\n  dtype: float32\n  rank: 2\n  shape: [2,2]\n  values:\n    [[1, 2],\n     [3, 4]]",
    );
    expect(await notebook.cells("const gone = tf.scalar(1); gone.dispose()", "gone")).toContain(
      "isDisposedInternal: true",
    );
  });

  it("objects show themselves with Jupyter.display", async () => {
    const outcome = await notebook.run(
      "({ async [Symbol.for('Jupyter.display')]() { return { 'text/html': '<b>' } } })",
    );
    expect(outcome).toEqual({ status: "ok", result: { "text/html": "<b>" } });
    expect((await notebook.error("({ [Symbol.for('Jupyter.display')]: () => 5 })")).evalue).toContain(
      "must return an object",
    );
  });
});

/**
 * Splitting a program into cells must not change what it computes. The reference is the same program run whole
 * by the JavaScript engine.
 */
describe("a program cut into cells at random places", () => {
  const names = ["a", "b", "c", "d"] as const;
  const name = fc.constantFrom(...names);
  const operand = fc.oneof(
    name,
    fc.integer({ min: -9, max: 9 }).map((n) => `(${n})`),
  );
  const expression = fc.oneof(
    operand,
    fc.tuple(operand, fc.constantFrom("+", "-", "*"), operand).map(([l, op, r]) => `${l} ${op} ${r}`),
    fc.tuple(name, operand).map(([f, x]) => `get_${f}() + ${x}`),
    fc.tuple(name, name).map(([l, r]) => `[${l}, ${r}].reduce((${l}, x) => ${l} + x, 0)`),
    fc.tuple(name, operand).map(([n, x]) => `((${n}: number) => ${n} * 2)(${x})`),
    fc.tuple(name, operand).map(([n, x]) => `({ ${n} }).${n} + ${x}`),
  );
  const statement = fc.oneof(
    fc.tuple(name, expression).map(([n, e]) => `${n} = (${e}) % 1000;`),
    fc
      .tuple(name, fc.constantFrom("+=", "-=", "*="), operand)
      .map(([n, op, e]) => `${n} ${op} ${e}; ${n} %= 1000;`),
    fc.tuple(name, name).map(([l, r]) => `[${l}, ${r}] = [${r}, ${l}];`),
    fc
      .tuple(name, name, expression)
      .map(([l, r, e]) => `({ v: ${l}, w: ${r} = 3 } = { v: (${e}) % 1000 } as { v: number; w?: number });`),
    fc
      .tuple(name, expression)
      .map(
        ([n, e]) =>
          `for (let i = 0; i < 3; i++) { const ${n === "a" ? "b" : "a"} = i; ${n} = (${n} + ${n === "a" ? "b" : "a"} + (${e})) % 1000; }`,
      ),
    fc.tuple(name).map(([n]) => `${n}++;`),
    fc.tuple(name, expression).map(([n, e]) => `set_${n}((${e}) % 1000);`),
  );
  const prelude = names.map(
    (n, i) =>
      `let ${n}: number = ${i + 1}; const get_${n} = () => ${n}; function set_${n}(v: number) { ${n} = v }`,
  );
  const strip = (code: string) => code.replaceAll(/: number| as \{ v: number; w\?: number \}/g, "");

  it("gives the same values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement, { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (statements, cuts) => {
          const whole = `${strip([...prelude, ...statements].join("\n"))}\nreturn [${names.join(", ")}];`;
          const expected = new Function(whole)() as number[];
          let cell = "";
          for (const [i, part] of [...prelude, ...statements].entries()) {
            cell += `${part}\n`;
            if (cuts[i % cuts.length] || i < prelude.length) {
              await notebook.value(cell);
              cell = "";
            }
          }
          const value = await notebook.value(`${cell}JSON.stringify([${names.join(", ")}])`);
          expect(value).toBe(`'${JSON.stringify(expected)}'`);
        },
      ),
      { numRuns: 60, seed: 20250902 },
    );
  });
});

it("goes on past the cells that are laid out in advance", async () => {
  const long = new TestNotebook();
  try {
    for (let i = 0; i < 70; i++) await long.value(`const v${i} = ${i === 0 ? 1 : `v${i - 1} + 1`}`);
    expect(await long.value("v69")).toBe("70");
  } finally {
    long.remove();
  }
});
