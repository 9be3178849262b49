/** Everything a cell can import, from a folder of its own. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
const manifest = (name: string, more: object) => JSON.stringify({ name, version: "1.0.0", ...more });

beforeAll(() => {
  notebook = new TestNotebook({
    "lib/index.ts":
      "import { base } from './base.js';\nexport enum Colour { Red = 'red' }\nexport const answer = base + 1;\nexport default function hello(): string { return 'hello' }\nexport const where = import.meta.url;\nexport const later = await Promise.resolve(5);\n",
    "lib/base.ts": "export const base: number = 41;\n",
    "cycle-a.ts": "import { b } from './cycle-b';\nexport const a = 'a';\nexport const fromB = () => b;\n",
    "cycle-b.ts": "import { a } from './cycle-a';\nexport const b = 'b';\nexport const fromA = () => a;\n",
    "plain.js": "export const plain = 'js';\n",
    "plain.d.ts": "export declare const plain: string;\n",
    "data.json": '{ "key": [1, 2] }',
    "node_modules/esm-only/package.json": manifest("esm-only", {
      type: "module",
      exports: { ".": { types: "./index.d.ts", import: "./index.js" } },
    }),
    "node_modules/esm-only/index.js":
      "export const value = await Promise.resolve(7); export default 'default export';",
    "node_modules/esm-only/index.d.ts":
      "export declare const value: number; declare const d: string; export default d;",
    "node_modules/untyped/package.json": manifest("untyped", { main: "index.js" }),
    "node_modules/untyped/index.js": "for (const name of ['computed']) module.exports[name] = 3;",
    "node_modules/transpiled/package.json": manifest("transpiled", { main: "index.js", types: "index.d.ts" }),
    "node_modules/transpiled/index.js":
      "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'the default'; exports.named = 'named';",
    "node_modules/transpiled/index.d.ts":
      "declare const d: string; export default d; export declare const named: string;",
    "node_modules/typed-exports/package.json": manifest("typed-exports", {
      exports: { "./sub": { types: "./types/sub.d.ts", default: "./sub.cjs" } },
    }),
    "node_modules/typed-exports/sub.cjs": "exports.sub = 1;",
    "node_modules/typed-exports/types/sub.d.ts": "export declare const sub: number;",
  });
});
afterAll(() => notebook.remove());

describe("local modules", () => {
  it("a folder means its index, with TypeScript, top-level await and import.meta inside", async () => {
    expect(
      await notebook.cells(
        "import hello, { answer, Colour, later, where } from './lib'",
        "[hello(), answer, Colour.Red, later, where.endsWith('/lib/index.ts')]",
      ),
    ).toBe("[ 'hello', 42, 'red', 5, true ]");
  });

  it.each(["./lib/base", "./lib/base.ts", "./lib/base.js", "./lib/index.ts", "./lib/index.js"])(
    "%s",
    async (specifier) => {
      expect(
        await notebook.value(`import * as m from ${JSON.stringify(specifier)}; Object.keys(m).length > 0`),
      ).toBe("true");
    },
  );

  it("JavaScript with declarations, JSON, and cycles", async () => {
    expect(await notebook.value("import { plain } from './plain.js'; plain")).toBe("'js'");
    expect(await notebook.value("import data from './data.json' with { type: 'json' }; data.key[1]")).toBe(
      "2",
    );
    expect(
      await notebook.value(
        "import { fromB } from './cycle-a'; import { fromA } from './cycle-b'; [fromA(), fromB()]",
      ),
    ).toBe("[ 'a', 'b' ]");
  });

  it("are read again after an edit, also when only their own import changed", async () => {
    expect(await notebook.value("import { answer } from './lib'; answer")).toBe("42");
    notebook.write({ "lib/base.ts": "export const base: number = 99;\n" });
    expect(await notebook.value("import { answer } from './lib'; answer")).toBe("100");
  });

  it("dynamic import, require, import = and import.meta in a cell", async () => {
    expect(await notebook.value("const dynamic = await import('./lib/base'); dynamic.base")).toBe("99");
    expect(
      await notebook.value("const os = require('node:os') as typeof import('node:os'); typeof os.EOL"),
    ).toBe("'string'");
    expect(
      await notebook.value(
        "import pathModule = require('node:path'); pathModule.basename(import.meta.dirname) === pathModule.basename(__dirname)",
      ),
    ).toBe("true");
    expect(await notebook.value("import.meta.url.startsWith('file://')")).toBe("true");
  });
});

describe("packages", () => {
  it("that are ESM only and await at their top level", async () => {
    expect(await notebook.value("import named, { value } from 'esm-only'; [named, value]")).toBe(
      "[ 'default export', 7 ]",
    );
    expect(
      (await notebook.error("import { value } from 'esm-only'; const wrong: string = value")).ename,
    ).toBe("TS2322");
  });

  it("CommonJS with names Node's lexer does not see, without types", async () => {
    expect(
      await notebook.value(
        "import { computed } from 'untyped'; import * as all from 'untyped'; import def from 'untyped'; [computed, all.computed, def.computed]",
      ),
    ).toBe("[ 3, 3, 3 ]");
  });

  it("transpiled CommonJS keeps its default export", async () => {
    expect(await notebook.value("import d, { named } from 'transpiled'; [d, named]")).toBe(
      "[ 'the default', 'named' ]",
    );
  });

  it("types reachable only through exports", async () => {
    expect(await notebook.value("import { sub } from 'typed-exports/sub'; sub")).toBe("1");
  });

  it("types are not loaded at run time", async () => {
    expect(
      await notebook.value(
        "import type { Stats } from 'node:fs'; import { type PathLike } from 'node:fs'; const none: Stats | PathLike | undefined = undefined; none",
      ),
    ).toBeUndefined();
  });

  it("fall back to the kernel's own installation", async () => {
    expect(await notebook.value("import * as tf from '@tensorflow/tfjs'; tf.version.tfjs")).toBe("'4.22.0'");
    expect(await notebook.value("import { display } from 'tslab'; typeof display.html")).toBe("'function'");
  });
});
