import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
  defaultFolder,
  filesIn,
  firstNotebook,
  isOriginals,
  listOriginals,
} from "../../../../kernel-extensions/cli/start/lessons.js";
import { temporary } from "../support.js";

function folderWith(...names: string[]): string {
  const folder = temporary();
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  return folder;
}

it("a learner is given each lesson once: the copy for learners, else the complete one", () => {
  const folder = folderWith(
    ...["02-b.ipynb", "glossary.md", "images/a.png", ".ipynb_checkpoints/02-b-checkpoint.ipynb"],
    ...["solutions/01-a.ipynb", "solutions/02-b.ipynb", "solutions/claims.md", "solutions/.hidden"],
  );
  expect(listOriginals(folder)).toEqual([
    { name: "01-a.ipynb", file: join(folder, "solutions", "01-a.ipynb") },
    { name: "02-b.ipynb", file: join(folder, "02-b.ipynb") },
    { name: "glossary.md", file: join(folder, "glossary.md") },
    { name: "images/a.png", file: join(folder, "images", "a.png") },
  ]);
});

it("begins with the first notebook of the folder itself", () => {
  expect(firstNotebook(["a.md", "appendix/00.ipynb", "02-b.ipynb", "01-a.ipynb"])).toBe("01-a.ipynb");
  expect(firstNotebook(filesIn(folderWith("solutions/01-a.ipynb", "images/a.png")))).toBe(
    "solutions/01-a.ipynb",
  );
  expect(firstNotebook(["a.md"])).toBeUndefined();
});

it("copies lie where an update does not reach: in a clone git ignores them, else they are in the home folder", () => {
  const clone = folderWith("tsconfig.json");
  expect(defaultFolder(clone, "/home/ada")).toBe(join(clone, "my-lessons"));
  expect(defaultFolder(folderWith("package.json"), "/home/ada")).toBe(
    join("/home/ada", "agentic-rl-lessons"),
  );
  expect(defaultFolder(join(clone, "gone"), "/home/ada")).toBe(join("/home/ada", "agentic-rl-lessons"));
});

it("knows the package's own notebooks", () => {
  const folder = folderWith("solutions/01-a.ipynb", "01-a.ipynb");
  const inside = [
    folder,
    `${folder}/`,
    join(folder, "solutions"),
    join(folder, "new"),
    join(folder, "..hidden"),
  ];
  for (const path of inside) expect(isOriginals(path, folder), path).toBe(true);
  for (const path of [dirname(folder), `${folder}-2`, "/"])
    expect(isOriginals(path, folder), path).toBe(false);
});
