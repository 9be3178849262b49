import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { build, isBuilt, listSources, removeStale } from "../../kernel-extensions/bootstrap/build.mjs";
import { agree, isInstalled } from "../../kernel-extensions/bootstrap/install.mjs";
import { isStale, lockFile, withLock } from "../../kernel-extensions/bootstrap/lock.mjs";
import { temporary } from "./cli/support.js";

function write(root: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

const tsconfig = JSON.stringify({
  compilerOptions: {
    target: "ES2022",
    module: "NodeNext",
    lib: ["ES2022"],
    types: [],
    declaration: true,
    sourceMap: true,
    incremental: true,
    tsBuildInfoFile: "dist/.tsbuildinfo",
    rootDir: ".",
    outDir: "dist",
  },
  include: ["src/**/*.ts", "kernel-extensions/**/*.ts"],
  exclude: ["kernel-extensions/lab"],
});

const browser = "kernel-extensions/lab/plotly-renderer/browser";

/** A small clone that can be compiled. */
function clone(): string {
  const root = temporary();
  write(root, {
    "tsconfig.json": tsconfig,
    "package-lock.json": "{}",
    "package.json": '{"type": "module"}',
    "src/index.ts": "export const one = 1;\n",
    "src/gone.ts": "export {};\n",
    "kernel-extensions/cli/main.ts": "export {};\n",
    "kernel-extensions/cli/page.css": "a {}\n",
    "kernel-extensions/other.mjs": "",
    "kernel-extensions/lab/frontend/main.ts": "export const built = await import('elsewhere');\n",
    [`${browser}/tsconfig.json`]: JSON.stringify({
      extends: "../../../../tsconfig.json",
      compilerOptions: {
        rootDir: "../../../..",
        outDir: "../../../../dist",
        tsBuildInfoFile: "../../../../dist/.tsbuildinfo-browser",
      },
      include: ["*.ts"],
      exclude: [],
    }),
    [`${browser}/page.ts`]: "export const page = 1;\n",
    "node_modules/other": "",
  });
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  symlinkSync(join(modules, "typescript"), join(root, "node_modules", "typescript"));
  return root;
}

describe("the build", () => {
  it("is made once, and again when it is not what the sources say", async () => {
    const root = clone();
    expect(isBuilt(root)).toBe(false);
    await build(root);
    expect(isBuilt(root)).toBe(true);
    expect(existsSync(join(root, "dist/kernel-extensions/cli/page.css"))).toBe(true);
    expect(statSync(join(root, "dist/kernel-extensions/cli/main.js")).mode & 0o111).toBe(0o111);

    const later = new Date(Date.now() + 60_000);
    utimesSync(join(root, "src/index.ts"), later, later);
    expect(isBuilt(root)).toBe(true);

    write(root, { "src/index.ts": "export const two = 2;\n" });
    expect(isBuilt(root)).toBe(false);
    await build(root);
    expect(readFileSync(join(root, "dist/src/index.js"), "utf8")).toContain("two");

    rmSync(join(root, "src/gone.ts"));
    expect(isBuilt(root)).toBe(false);
    await build(root);
    expect(existsSync(join(root, "dist/src/gone.js"))).toBe(false);
    expect(existsSync(join(root, "dist/src/gone.d.ts"))).toBe(false);

    // The compiler believes its own record, and would not write these again.
    for (const file of ["src/index.js", `${browser}/page.js`]) rmSync(join(root, "dist", file));
    expect(isBuilt(root)).toBe(false);
    await build(root);
    expect(isBuilt(root)).toBe(true);

    for (const file of [
      "tsconfig.json",
      `${browser}/tsconfig.json`,
      "package-lock.json",
      "kernel-extensions/cli/page.css",
    ]) {
      const before = readFileSync(join(root, file), "utf8");
      write(root, { [file]: `${before}\n` });
      expect(isBuilt(root), file).toBe(false);
      write(root, { [file]: before });
      expect(isBuilt(root), file).toBe(true);
    }
  });

  it("that fails is not taken for one that was made", async () => {
    const root = clone();
    await build(root);
    write(root, { "src/index.ts": "export const two: string = 2;\n" });
    await expect(build(root)).rejects.toThrow(/do not compile: mend/);
    expect(isBuilt(root)).toBe(false);
  });

  it("knows which files it is made from, and which outputs belong to none", () => {
    const root = clone();
    expect(listSources(root)).toEqual([
      "kernel-extensions/cli/main.ts",
      "kernel-extensions/cli/page.css",
      `${browser}/page.ts`,
      "src/gone.ts",
      "src/index.ts",
    ]);
    write(root, {
      "dist/src/index.js": "",
      "dist/src/index.js.map": "",
      "dist/src/index.d.ts": "",
      "dist/src/old.d.ts": "",
      "dist/kernel-extensions/cli/page.css": "",
      "dist/kernel-extensions/old/logo.png": "",
    });
    removeStale(root);
    const left = (name: string) => existsSync(join(root, "dist", name));
    expect(
      ["src/index.js", "src/index.js.map", "src/index.d.ts", "kernel-extensions/cli/page.css"].every(left),
    ).toBe(true);
    expect(["src/old.d.ts", "kernel-extensions/old/logo.png"].some(left)).toBe(false);
  });
});

describe("the packages", () => {
  const lock = (packages: object) => JSON.stringify({ packages });
  const a = { version: "1.0.0", integrity: "sha512-a" };
  const foreign = { version: "1.0.0", integrity: "sha512-f", optional: true };

  it("agree with the lock when npm installed what it names", () => {
    const wanted = lock({ "": {}, "node_modules/a": a, "node_modules/foreign": foreign });
    expect(agree(wanted, lock({ "node_modules/a": a }))).toBe(true);
    expect(agree(wanted, lock({ "node_modules/a": { ...a, version: "1.0.1" } }))).toBe(false);
    expect(agree(wanted, lock({ "node_modules/a": { ...a, integrity: "sha512-b" } }))).toBe(false);
    expect(agree(wanted, lock({}))).toBe(false);
    expect(agree(wanted, "half a fi")).toBe(false);
  });

  it("that only compiling and tests need may be missing where nothing is compiled or tested", () => {
    const dev = { version: "1.0.0", integrity: "sha512-d", dev: true };
    const wanted = lock({ "node_modules/a": a, "node_modules/dev": dev });
    expect(agree(wanted, lock({ "node_modules/a": a }), "run")).toBe(true);
    expect(agree(wanted, lock({ "node_modules/a": a }), "all")).toBe(false);
    expect(agree(wanted, lock({ "node_modules/dev": dev }), "run")).toBe(false);

    const root = temporary();
    write(root, {
      "package-lock.json": wanted,
      "node_modules/.package-lock.json": lock({ "node_modules/a": a }),
    });
    for (let i = 0; i < 2; i++) {
      expect(isInstalled(root, "all")).toBe(false);
      expect(isInstalled(root, "run")).toBe(true);
    }
    write(root, { "node_modules/.package-lock.json": wanted });
    expect(isInstalled(root, "all")).toBe(true);
    expect(isInstalled(root, "run")).toBe(true);
  });

  it("are looked at again when the lock changes", () => {
    const root = temporary();
    write(root, { "package-lock.json": lock({ "node_modules/a": a }) });
    expect(isInstalled(root)).toBe(false);
    write(root, { "node_modules/.package-lock.json": lock({ "node_modules/a": a }) });
    expect(isInstalled(root)).toBe(true);
    expect(isInstalled(root)).toBe(true);
    write(root, { "package-lock.json": lock({ "node_modules/a": { ...a, version: "2.0.0" } }) });
    expect(isInstalled(root)).toBe(false);
  });
});

describe("the lock", () => {
  it("lets one in at a time", async () => {
    const root = temporary();
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([withLock(root, work), withLock(root, work), withLock(root, work)]);
    expect(most).toBe(1);
    expect(existsSync(lockFile(root))).toBe(false);
  });

  it("is given back when the work fails", async () => {
    const root = temporary();
    await expect(withLock(root, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(lockFile(root))).toBe(false);
  });

  it("of a process that is gone, or of a machine that fell silent, is broken", async () => {
    const root = temporary();
    const { hostname } = await import("node:os");
    const name = ".cache/bootstrap.lock";
    write(root, { [name]: `${process.pid} ${hostname()}\n` });
    expect(isStale(lockFile(root))).toBe(false);
    write(root, { [name]: `4194304 ${hostname()}\n` }); // Larger than any process id.
    expect(isStale(lockFile(root))).toBe(true);
    write(root, { [name]: "1 elsewhere\n" });
    expect(isStale(lockFile(root))).toBe(false);
    const old = new Date(Date.now() - 120_000);
    utimesSync(lockFile(root), old, old);
    expect(isStale(lockFile(root))).toBe(true);
    expect(await withLock(root, () => Promise.resolve("done"))).toBe("done");
  });
});
