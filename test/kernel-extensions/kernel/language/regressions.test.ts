/** Cells that once meant something else than a reader expects. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
beforeAll(() => {
  notebook = new TestNotebook({
    "types.d.ts": "export interface T { a: number }\n",
    "uses-types.ts":
      "import type { T } from './types';\nexport type Q = import('./types').T;\nexport const t: T = { a: 1 };\nexport async function risky() { try { return await import('not-' + 'there') } catch { return 'caught' } }\n",
    "lazy-a.ts":
      "export const v = 1;\nexport async function lazy() { const { b } = await import('./lazy-b'); return b }\n",
    "lazy-b.ts": "import { v } from './lazy-a';\nexport const b = v + 1;\n",
    "idioms.ts":
      "import { createRequire } from 'node:module';\nimport { fileURLToPath } from 'node:url';\nconst __filename = fileURLToPath(import.meta.url);\nconst require = createRequire(import.meta.url);\nexport const name = __filename.split('/').at(-1);\nexport const separator = require('node:path').sep;\n",
    "live.ts": "export let count = 0;\nexport const inc = () => { count++ };\n",
  });
});
afterAll(() => notebook.remove());

const cells = (...codes: string[]) => notebook.cells(...codes);

describe("variables of earlier cells keep their types when a statement calls them", () => {
  it("valid code is accepted", async () => {
    expect(await cells("let xs = [3, 1, 2]", "xs.sort((a, b) => a - b); xs.forEach((x) => x + 1); xs")).toBe(
      "[ 1, 2, 3 ]",
    );
  });
  it.each([
    ["let ns = [1]", "ns.push('a')", "TS2345"],
    ["let n1 = 0", "n1.nope(); n1", "TS2339"],
    ["let m1 = new Map<string, number>()", "m1.set('a', 'b')", "TS2345"],
    ["let s1: string | undefined", "s1.trim()", "TS18048"],
    ["let f1 = (a: number) => a", "f1('x')", "TS2345"],
  ])("%s; %s", async (first, second, code) => {
    await notebook.value(first);
    expect((await notebook.error(second)).ename).toBe(code);
  });
  it("completion and assertions work on them", async () => {
    expect(notebook.language.complete("xs.push(1);\nxs.", 15).matches.length).toBeGreaterThan(20);
    await cells(
      "let isString: (v: unknown) => asserts v is string = (v) => { if (typeof v !== 'string') throw v }; let y: unknown = 'text'",
      "isString(y); y.length",
    );
  });
});

it("a value and a type of one name may come from different cells", async () => {
  await cells("const User = { a: 1 }", "type User = typeof User", "const u: User = User; [u, User]");
  await cells("type Opt<T> = { v: T }", "const Opt = { of: <T>(v: T): Opt<T> => ({ v }) }");
  expect(await cells("const o: Opt<number> = Opt.of(3); o.v")).toBe("3");
});

it("declare names a global and makes no variable", async () => {
  await notebook.value("Object.assign(globalThis, { someGlobal: 3 })");
  expect(await notebook.value("declare const someGlobal: number; someGlobal")).toBe("3");
});

describe("exports of a cell", () => {
  it("unnamed defaults", async () => {
    expect(await notebook.value("export default function () { return 1 }")).toContain("Function");
    expect(await notebook.value("export default class { a = 1 }")).toContain("class");
    expect(await notebook.value("1")).toBe("1");
  });
  it("a renamed export does not take another variable's place; a default type is nothing", async () => {
    await notebook.value("const a1 = 3, c1 = 'str'; export { a1 as c1 }; interface D1 {} export default D1");
    expect(await notebook.value("c1.toUpperCase()")).toBe("'STR'");
  });
});

it("plain calls have no this, through any wrapping", async () => {
  await notebook.value("let self: any = function (this: unknown) { return this === undefined }");
  expect(await notebook.value("[self!(), (self)(), (self as any)(), (<any>self)(), self?.()]")).toBe(
    "[ true, true, true, true, true ]",
  );
});

it("await in computed names, for await over strings, imports below their use", async () => {
  expect(
    await notebook.value("const k = Promise.resolve('m'); const om = { [await k]() { return 1 } }; om.m!()"),
  ).toBe("1");
  expect(await notebook.value("let chars = ''; for await (const c of 'abc') chars += c; chars")).toBe(
    "'abc'",
  );
  expect(
    await notebook.value("const joined = join('a', 'b'); import { join } from 'node:path/posix'; joined"),
  ).toBe("'a/b'");
});

it("names of the machinery are free, also as classes and parameters", async () => {
  expect(
    await notebook.value(
      "let outer = 1; function scoped(__scope: number, __runtime: number) { return outer + __scope + __runtime }\nscoped(2, 3)",
    ),
  ).toBe("6");
  expect(await notebook.value("class setImmediate { a = 1 }; new setImmediate().a")).toBe("1");
});

it("var without a value, names given by assignment, regular expressions with /v, a shebang", async () => {
  expect(await notebook.value("var twice = 1; var twice: number; twice")).toBe("1");
  expect(
    await notebook.value(
      "let named: () => void; named = () => {}; const cast = (() => {}) as () => void; [named.name, cast.name]",
    ),
  ).toBe("[ 'named', 'cast' ]");
  expect(await notebook.value("/[\\p{L}--[a-z]]/v.test('Z')")).toBe("true");
  expect(await notebook.value("#!/usr/bin/env node\n5")).toBe("5");
  expect(await notebook.value("6; interface After { a: number }")).toBe("6");
});

it("a failed await names the cell's line", async () => {
  const error = await notebook.error(
    "import { readFile } from 'node:fs/promises';\nconst text = await readFile('/no/such/file');",
  );
  expect(error.traceback).toMatch(/at async Cell \[\d+\]:2:/);
});

it("timers hand themselves to their callbacks", async () => {
  expect(
    await notebook.value(
      "let ticked = 0; setInterval(function (this: NodeJS.Timeout) { ticked++; clearInterval(this) }, 1); await new Promise(r => setTimeout(r, 30)); ticked",
    ),
  ).toBe("1");
});

it("values that fight being looked at are shown all the same", async () => {
  expect(
    await notebook.value(
      "({ get columns() { throw new Error('no') }, get dataSync() { throw new Error('no') } })",
    ),
  ).toContain("columns: [Getter]");
});

describe("local modules", () => {
  it("import types without loading them, and load lazily what they import lazily", async () => {
    expect(await notebook.value("import { t, risky } from './uses-types'; [t, await risky()]")).toBe(
      "[ { a: 1 }, 'caught' ]",
    );
    expect(await notebook.value("import { lazy } from './lazy-a'; await lazy()")).toBe("2");
  });
  it("may declare __filename and require as ES modules do", async () => {
    expect(await notebook.value("import { name, separator } from './idioms'; [name, separator]")).toBe(
      "[ 'idioms.ts', '/' ]",
    );
  });
  it("bindings are live, can be declared again, and namespaces are clean", async () => {
    expect(await cells("import { count, inc } from './live'; inc(); count", "inc(); count")).toBe("2");
    expect(await cells("let count = 'mine'", "count")).toBe("'mine'");
    expect(await notebook.value("import * as all from './live'; Object.keys(all).sort()")).toBe(
      "[ 'count', 'inc' ]",
    );
  });
  it("JSON of packages", async () => {
    expect(
      await notebook.value(
        "import manifest from 'typescript/package.json' with { type: 'json' }; manifest.name",
      ),
    ).toBe("'typescript'");
  });
});
