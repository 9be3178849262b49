import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Model } from "../../../../../kernel-extensions/lab/server/contents/model.js";
import { type Served, body, serve } from "../serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

const url = (path: string) => `/api/contents/${path.split("/").map(encodeURIComponent).join("/")}`;
const get = (path: string, query = "") => served.json<Model>(url(path) + query);
const put = (path: string, value: unknown, status = 200) =>
  served.json<Model>(url(path), body("PUT", value), status);
const post = (path: string, value: unknown, status = 201) =>
  served.json<Model>(url(path), body("POST", value), status);
const text = (content: string) => ({ type: "file", format: "text", content });
const disk = (path: string) => readFileSync(join(served.root, path));

it("chooses free names for what is new", async () => {
  await put("new", { type: "directory" }, 201);
  const made = [];
  for (const draft of [
    { type: "notebook" },
    { type: "notebook" },
    { ext: ".ipynb" },
    { type: "directory" },
    { type: "directory" },
    { type: "file", ext: ".txt" },
    { type: "file", ext: ".txt" },
    {},
  ]) {
    made.push((await post("new", draft)).name);
  }
  expect(made).toEqual([
    "Untitled.ipynb",
    "Untitled1.ipynb",
    "Untitled2.ipynb",
    "Untitled Folder",
    "Untitled Folder 1",
    "untitled.txt",
    "untitled1.txt",
    "untitled",
  ]);
  const { content } = await get("new/Untitled.ipynb");
  expect(content).toEqual({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] });
});

it("gives every one of many at the same time a name of its own", async () => {
  await put("many", { type: "directory" }, 201);
  const models = await Promise.all(Array.from({ length: 30 }, () => post("many", { type: "notebook" })));
  expect(new Set(models.map(({ path }) => path)).size).toBe(30);
  expect(readdirSync(join(served.root, "many"))).toHaveLength(30);
});

it("copies files and folders beside themselves", async () => {
  served.write("copy/a.tar.gz", "archive");
  served.write("copy/n.ipynb", "{}");
  served.write("copy/sub/deep/x.txt", "x");
  const names = [];
  for (const from of ["a.tar.gz", "a-Copy1.tar.gz", "n.ipynb", "n-Copy1.ipynb", "sub"]) {
    names.push((await post("copy", { copy_from: `copy/${from}` })).name);
  }
  expect(names).toEqual(["a-Copy1.tar.gz", "a-Copy2.tar.gz", "n-Copy1.ipynb", "n-Copy2.ipynb", "sub-Copy1"]);
  expect(disk("copy/a-Copy2.tar.gz").toString()).toBe("archive");
  expect(disk("copy/sub-Copy1/deep/x.txt").toString()).toBe("x");
  expect((await served.request(url("copy/sub"), body("POST", { copy_from: "copy/sub" }))).status).toBe(400);
});

it("renames without writing over anything, checkpoints included", async () => {
  await put("one.txt", text("one"), 201);
  await put("two.txt", text("two"), 201);
  await served.json(`${url("one.txt")}/checkpoints`, { method: "POST" }, 201);
  const rename = (from: string, path: string) => served.request(url(from), body("PATCH", { path }));
  expect((await rename("one.txt", "two.txt")).status).toBe(409);
  expect(disk("two.txt").toString()).toBe("two");
  expect((await rename("missing.txt", "three.txt")).status).toBe(404);
  expect(await (await rename("one.txt", "three.txt")).json()).toMatchObject({
    path: "three.txt",
    type: "file",
  });
  expect(existsSync(join(served.root, "one.txt"))).toBe(false);
  expect(await served.json(`${url("three.txt")}/checkpoints`)).toHaveLength(1);
  served.write("moved/x.txt", "");
  expect((await rename("moved", "moved/inside")).status).toBe(400);
});

it("deletes into the trash, folders with all they hold", async () => {
  served.write("gone/deep/answer.txt", "42");
  expect((await served.request(url("gone"), { method: "DELETE" })).status).toBe(204);
  expect(existsSync(join(served.root, "gone"))).toBe(false);
  const [entry] = readdirSync(join(served.state, "trash"));
  expect(readFileSync(join(served.state, "trash", entry!, "gone/deep/answer.txt"), "utf8")).toBe("42");
  expect((await served.request(url("gone"), { method: "DELETE" })).status).toBe(404);
  expect((await served.request("/api/contents/", { method: "DELETE" })).status).toBe(400);
});

it("deletes and renames a link, not what it leads to", async () => {
  served.write("target.txt", "kept");
  symlinkSync("target.txt", join(served.root, "link.txt"));
  await served.json(url("link.txt"), body("PATCH", { path: "other.txt" }));
  await served.request(url("other.txt"), { method: "DELETE" });
  expect(disk("target.txt").toString()).toBe("kept");
});

it("keeps one checkpoint, and goes back to it", async () => {
  await put("back.txt", text("first"), 201);
  const checkpoints = `${url("back.txt")}/checkpoints`;
  expect(await served.json(checkpoints)).toEqual([]);
  const made = await served.json<{ id: string }>(checkpoints, { method: "POST" }, 201);
  expect(made.id).toBe("checkpoint");
  expect(disk(".ipynb_checkpoints/back-checkpoint.txt").toString()).toBe("first");
  await put("back.txt", text("second"));
  expect((await served.request(`${checkpoints}/checkpoint`, { method: "POST" })).status).toBe(204);
  expect(disk("back.txt").toString()).toBe("first");
  expect((await served.request(`${checkpoints}/other`, { method: "POST" })).status).toBe(404);
  expect((await served.request(`${checkpoints}/checkpoint`, { method: "DELETE" })).status).toBe(204);
  expect(await served.json(checkpoints)).toEqual([]);
});

it("has files and folders that are called checkpoints and trust", async () => {
  served.write("checkpoints/trust/x.txt", "x");
  expect(await get("checkpoints/trust")).toMatchObject({ type: "directory" });
  expect(await post("checkpoints", { type: "file" })).toMatchObject({ path: "checkpoints/untitled" });
});

it("deletes nothing else when a folder called checkpoints or trust is gone already", async () => {
  served.write("run/checkpoints/1.json", "{}");
  served.write("run/notes.txt", "mine");
  const remove = async (path: string) => (await served.request(url(path), { method: "DELETE" })).status;
  expect(await remove("run/checkpoints")).toBe(204);
  for (const path of ["run/checkpoints", "run/trust", "run/checkpoints/1"])
    expect(await remove(path)).toBe(404);
  for (const path of ["run/notes.txt/checkpoints", "run/notes.txt/trust"])
    expect(await remove(path)).toBe(405);
  expect(disk("run/notes.txt").toString()).toBe("mine");
});

it("gives a new file no checkpoint of a deleted one", async () => {
  await put("again.txt", text("old"), 201);
  await served.json(`${url("again.txt")}/checkpoints`, { method: "POST" }, 201);
  await served.request(url("again.txt"), { method: "DELETE" });
  await put("again.txt", text("new"), 201);
  expect(await served.json(`${url("again.txt")}/checkpoints`)).toEqual([]);
  const trash = join(served.state, "trash");
  const names = readdirSync(trash).flatMap((entry) => readdirSync(join(trash, entry)));
  expect(names).toContain("again-checkpoint.txt");
});

it("does not empty a file when the content is missing", async () => {
  served.write("kept.txt", "kept");
  served.write("kept.ipynb", "{}");
  await put("kept.txt", { type: "file", format: "text" }, 400);
  await put("kept.ipynb", { type: "notebook", format: "json", content: null }, 400);
  expect(disk("kept.txt").toString()).toBe("kept");
  expect(disk("kept.ipynb").toString()).toBe("{}");
});

it.skipIf(process.platform === "win32")("copies no pipe, which would hold up all others", async () => {
  execFileSync("mkfifo", [join(served.root, "pipe")]);
  expect((await served.request("/api/contents/", body("POST", { copy_from: "pipe" }))).status).toBe(404);
});

it("does what was asked of a file also where its checkpoint cannot follow, and logs that", async () => {
  // A file where the folder of checkpoints would be: also who may write everywhere cannot make that.
  served.write("blocked/.ipynb_checkpoints", "");
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
  await put("blocked/n.ipynb", { type: "notebook", format: "json", content: notebook }, 201);
  expect(JSON.parse(disk("blocked/n.ipynb").toString())).toEqual(notebook);
  expect(await served.json(`${url("blocked/n.ipynb")}/checkpoints`)).toEqual([]);
  const refused = await served.request(`${url("blocked/n.ipynb")}/checkpoints`, { method: "POST" });
  expect(refused.status).toBe(409);

  await put("follows.txt", text("kept"), 201);
  await served.json(`${url("follows.txt")}/checkpoints`, { method: "POST" }, 201);
  const moved = await served.request(url("follows.txt"), body("PATCH", { path: "blocked/follows.txt" }));
  expect([moved.status, disk("blocked/follows.txt").toString()]).toEqual([200, "kept"]);
  expect(existsSync(join(served.root, "follows.txt"))).toBe(false);
  expect(served.lines.filter((line) => line.startsWith("The checkpoint of blocked/"))).toHaveLength(2);
});
