/** Files in pieces: never mixed, never without bound. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { removeLeftovers } from "../../../../../kernel-extensions/lab/server/contents/leftovers.js";
import { Uploads } from "../../../../../kernel-extensions/lab/server/contents/uploads.js";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "arl-uploads-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const limits = { upload: 100, uploads: 250 };

function makeUploads() {
  const root = folder();
  const clock = { now: 0 };
  const uploads = new Uploads(limits, () => clock.now);
  onTestFinished(() => uploads.close());
  const add = (name: string, chunk: number, text: string) =>
    uploads.add({ path: name, file: join(root, name), exists: false }, chunk, Buffer.from(text));
  const read = (name: string) => readFileSync(join(root, name), "utf8");
  return { root, clock, uploads, add, read };
}

it("lets a second upload of one name wait, so that the two are never mixed", async () => {
  const { root, clock, add, read } = makeUploads();
  await add("data.csv", 1, "a1,");
  // Its next piece and its last one would fit the other's.
  await expect(add("data.csv", 1, "b1,")).rejects.toMatchObject({ status: 409, reason: "upload under way" });
  await add("data.csv", 2, "a2,");
  await add("data.csv", -1, "a3");
  expect(read("data.csv")).toBe("a1,a2,a3");
  await add("data.csv", 1, "b1,");
  await add("data.csv", -1, "b2");
  expect(read("data.csv")).toBe("b1,b2");
  // One whose page was closed does not block the name for long, and is not gone on with.
  await add("data.csv", 1, "c1,");
  clock.now += 60_000;
  await add("data.csv", 1, "d1,");
  await expect(add("data.csv", 7, "c7,")).rejects.toMatchObject({ status: 400 });
  await expect(add("data.csv", -1, "c8")).rejects.toMatchObject({ status: 400 });
  expect(read("data.csv")).toBe("b1,b2");
  expect(readdirSync(root)).toEqual(["data.csv"]);
});

it("bounds one file, and all that are not whole yet, over time too", async () => {
  const { root, clock, add, read } = makeUploads();
  await add("large", 1, "x".repeat(60));
  await expect(add("large", 2, "x".repeat(60))).rejects.toMatchObject({ status: 413 });
  expect(readdirSync(root)).toEqual([]);
  for (const name of ["a", "b", "c"]) await add(name, 1, "x".repeat(80));
  await expect(add("d", 1, "x".repeat(80))).rejects.toMatchObject({ status: 507 });
  await add("a", -1, "end");
  expect(read("a")).toBe(`${"x".repeat(80)}end`);
  await add("d", 1, "x".repeat(80));
  clock.now += 3_600_001;
  await add("e", 1, "x"); // What nobody goes on with is dropped.
  expect(readdirSync(root).filter((name) => name.startsWith(".~"))).toHaveLength(1);
});

it("leaves nothing when the server ends, and removes what a killed one left", async () => {
  const { root, uploads, add } = makeUploads();
  await add("part", 1, "x");
  await uploads.close();
  expect(readdirSync(root)).toEqual([]);

  const leftover = ".~0123456789abcdef";
  const places = ["", "lessons/deep", "lessons/.ipynb_checkpoints"];
  for (const place of [...places, "young", "node_modules", ".git"]) {
    mkdirSync(join(root, place), { recursive: true });
    writeFileSync(join(root, place, leftover), "part");
  }
  mkdirSync(join(root, ".~0123456789abcdea/copied"), { recursive: true });
  for (const name of ["mine.txt", ".~mine", ".~0123456789abcdef.txt"])
    writeFileSync(join(root, name), "mine");
  const now = new Date();
  const soon = new Date(now.getTime() + 3 * 3_600_000);
  utimesSync(join(root, "young", leftover), soon, soon);
  await removeLeftovers(root, soon);
  for (const place of places) expect(existsSync(join(root, place, leftover)), place).toBe(false);
  for (const place of ["young", "node_modules", ".git"])
    expect(existsSync(join(root, place, leftover)), place).toBe(true);
  expect(readdirSync(root).sort()).toEqual(
    [".git", ".~0123456789abcdef.txt", ".~mine", "lessons", "mine.txt", "node_modules", "young"].sort(),
  );
});
