import fc from "fast-check";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServedFolder, namesOf } from "../../../../../kernel-extensions/lab/server/contents/paths.js";
import { Problem } from "../../../../../kernel-extensions/lab/server/problem.js";

let home: string;
let folder: ServedFolder;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "arl-paths-")));
  const root = join(home, "root");
  mkdirSync(join(root, "a", "b"), { recursive: true });
  mkdirSync(join(root, ".hidden"));
  mkdirSync(join(home, "root-sibling"));
  writeFileSync(join(home, "secret"), "secret");
  writeFileSync(join(home, "root-sibling", "secret"), "secret");
  writeFileSync(join(root, "a", "file"), "inside");
  writeFileSync(join(root, ".hidden", "file"), "hidden");
  symlinkSync(home, join(root, "out"));
  symlinkSync(join(home, "secret"), join(root, "a", "secret"));
  symlinkSync(join(home, "root-sibling"), join(root, "sibling"));
  symlinkSync(join(home, "not-yet"), join(root, "dangling"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync(join("..", "a"), join(root, "a", "again"));
  folder = new ServedFolder(root);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const hostileName = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "...",
    "a",
    "b",
    "file",
    "out",
    "secret",
    "sibling",
    "dangling",
    "again",
    "loop",
  ),
  fc.constantFrom(
    "root-sibling",
    "..\\",
    "\\..",
    "a\0",
    "C:",
    "c:\\",
    ".hidden",
    "%2e%2e",
    "..;",
    "~",
    "root",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const hostilePath = fc
  .array(hostileName, { maxLength: 8 })
  .chain((names) =>
    fc.constantFrom(names.join("/"), `/${names.join("/")}`, names.join("\\"), names.join("//")),
  );

describe("namesOf", () => {
  it("gives names that cannot climb, or refuses", () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        let names: string[];
        try {
          names = namesOf(path);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
          return;
        }
        const joined = join("/root", ...names);
        expect(joined === "/root" || joined.startsWith("/root/")).toBe(true);
        expect(names.every((name) => !/[/\\\0]/.test(name) && name !== "" && name !== "..")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["/a//b/", ["a", "b"]],
    ["", []],
    ["10:30 notes.txt", ["10:30 notes.txt"]],
    ["Übung 1/déjà vu 🎲.ipynb", ["Übung 1", "déjà vu 🎲.ipynb"]],
    ["100% [a]#?&+;=.txt", ["100% [a]#?&+;=.txt"]],
  ])("%j is %j", (path, names) => {
    expect(namesOf(path)).toEqual(names);
  });
});

describe("ServedFolder", () => {
  it("finds nothing outside of the folder and nothing hidden", async () => {
    await fc.assert(
      fc.asyncProperty(hostilePath, async (path) => {
        for (const look of [() => folder.find(path), () => folder.place(path)]) {
          const found = await look().catch((error: unknown) => {
            if (error instanceof Problem) return undefined;
            expect((error as NodeJS.ErrnoException).code).toMatch(/^(ELOOP|ENAMETOOLONG)$/);
            return undefined;
          });
          if (!found) continue;
          expect(found.file === folder.root || found.file.startsWith(folder.root + sep)).toBe(true);
          expect(found.path).not.toMatch(/(^|\/)\./);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["out", 403],
    ["out/secret", 403],
    ["a/secret", 403],
    ["sibling/secret", 403],
    ["dangling", 404],
    [".hidden/file", 404],
    ["a/file/below", 404],
    ["missing", 404],
  ])("find %s: %i", async (path, status) => {
    await expect(folder.find(path)).rejects.toMatchObject({ status });
  });

  it.each([
    ["out/new", 403],
    ["sibling/new", 403],
    ["a/secret", 403],
    ["dangling", 403],
    [".hidden/new", 400],
    [".new", 400],
    ["", 400],
    ["missing/new", 404],
    ["a/file/new", 404],
  ])("place %s: %i", async (path, status) => {
    await expect(folder.place(path)).rejects.toMatchObject({ status });
  });

  it("follows links that stay inside", async () => {
    const { path, file } = await folder.find("a/again/again/file");
    expect({ path, file }).toEqual({ path: "a/again/again/file", file: join(folder.root, "a", "file") });
    const place = await folder.place("a/again/new");
    expect(place).toEqual({ path: "a/again/new", file: join(folder.root, "a", "new"), exists: false });
  });
});
