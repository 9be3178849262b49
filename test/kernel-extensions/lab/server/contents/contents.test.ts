import fc from "fast-check";
import { chmodSync, readFileSync, readdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
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
const text = (content: string) => ({ type: "file", format: "text", content });
const disk = (path: string) => readFileSync(join(served.root, path));

it("tells of a file what JupyterLab asks, and its content only when asked", async () => {
  served.write("told/a.csv", "x,y\n1,2\n");
  utimesSync(join(served.root, "told/a.csv"), 1000, 1_700_000_000);
  const model = await get("told/a.csv", "?content=0");
  expect(model).toMatchObject({
    name: "a.csv",
    path: "told/a.csv",
    type: "file",
    writable: true,
    size: 8,
    last_modified: "2023-11-14T22:13:20.000Z",
    mimetype: "text/csv",
    content: null,
    format: null,
    hash: null,
  });
  expect(await get("told/a.csv", "?hash=1")).toMatchObject({
    content: "x,y\n1,2\n",
    format: "text",
    // sha256sum's word for these 8 bytes.
    hash: "81bf9fa83c6f7f151bd491a98cd7d933de3965289e3ebd77c6c425f7eaa16392",
    hash_algorithm: "sha256",
  });
});

it("gives back what was put, whatever the name and the content", async () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
    .filter((word) => !/\p{Cs}/u.test(word) && !/[/\\\p{Cc}\uFFFD]|^\.|^[a-z]:/iu.test(word))
    .filter((word) => Buffer.byteLength(word) < 200 && !word.endsWith(".ipynb"));
  await fc.assert(
    fc.asyncProperty(name, fc.string({ unit: "binary" }), fc.uint8Array(), async (word, content, bytes) => {
      fc.pre(!/\p{Cs}/u.test(content));
      const path = `round trips/${word}`;
      await served.request(url("round trips"), body("PUT", { type: "directory" }));
      const sent = await served.request(url(path), body("PUT", text(content)));
      expect([200, 201]).toContain(sent.status);
      expect(await get(path, "?type=file&format=text")).toMatchObject({ path, content, format: "text" });
      expect(disk(path).toString("utf8")).toBe(content);
      const encoded = Buffer.from(bytes).toString("base64");
      await put(path, { type: "file", format: "base64", content: encoded });
      expect(await get(path, "?type=file&format=base64")).toMatchObject({
        content: encoded,
        format: "base64",
      });
      expect(Buffer.compare(disk(path), bytes)).toBe(0);
    }),
    { numRuns: 25 },
  );
});

it("answers 201 for a new file and 200 for a changed one, and keeps its permissions", async () => {
  await put("kept.sh", text("one"), 201);
  chmodSync(join(served.root, "kept.sh"), 0o750);
  await put("kept.sh", text("two"));
  expect(disk("kept.sh").toString()).toBe("two");
  expect(statSync(join(served.root, "kept.sh")).mode & 0o777).toBe(0o750);
});

it("shows by hash and time that somebody else has written the file", async () => {
  const before = await put("shared.txt", text("mine"), 201);
  const known = await get("shared.txt", "?content=0&hash=1");
  expect(known.last_modified).toBe(before.last_modified);
  served.write("shared.txt", "theirs");
  utimesSync(join(served.root, "shared.txt"), new Date(), new Date(Date.now() + 2000));
  const now = await get("shared.txt", "?content=0&hash=1");
  expect(now.hash).not.toBe(known.hash);
  expect(Date.parse(now.last_modified) - Date.parse(known.last_modified)).toBeGreaterThan(500);
});

it("lists what can be seen, without contents", async () => {
  served.write("list/b.txt", "");
  served.write("list/a.ipynb", "{}");
  served.write("list/.hidden", "");
  served.write("list/sub/deep.txt", "");
  symlinkSync(served.outside, join(served.root, "list/out"));
  symlinkSync("nowhere", join(served.root, "list/broken"));
  symlinkSync("b.txt", join(served.root, "list/link.txt"));
  const { content, type, format } = await get("list");
  const entries = content as Model[];
  expect({ type, format }).toEqual({ type: "directory", format: "json" });
  expect(Object.fromEntries(entries.map((entry) => [entry.path, entry.type]))).toEqual({
    "list/a.ipynb": "notebook",
    "list/b.txt": "file",
    "list/link.txt": "file",
    "list/sub": "directory",
  });
  expect(entries.every((entry) => entry.content === null)).toBe(true);
  expect((await get("list", "?content=0")).content).toBeNull();
});

it("puts an upload's pieces together, and shows the file only when it is whole", async () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 5000 }, (_, index) => index * 7));
  const piece = (from: number, to: number, chunk: number) => ({
    type: "file",
    format: "base64",
    content: bytes.subarray(from, to).toString("base64"),
    chunk,
  });
  await put("up.bin", piece(0, 2000, 1), 201);
  expect((await served.request(url("up.bin"))).status).toBe(404);
  await put("up.bin", piece(2000, 4000, 2), 201);
  expect(await put("up.bin", piece(4000, 5000, -1), 201)).toMatchObject({ size: 5000, path: "up.bin" });
  expect(Buffer.compare(disk("up.bin"), bytes)).toBe(0);
  const missing = await served.request(url("up.bin"), body("PUT", piece(0, 10, 3)));
  expect(missing.status).toBe(400);
  expect(Buffer.compare(disk("up.bin"), bytes)).toBe(0);
  expect(readdirSync(served.root).filter((name) => name.startsWith(".~"))).toEqual([]);
});

it("refuses what it cannot do, and says why", async () => {
  served.write("bytes.bin", new Uint8Array([0xff, 0xfe, 0x00]));
  served.write("dir/x", "");
  const refused = async (path: string, init?: RequestInit) => {
    const response = await served.request(path, init);
    return [response.status, ((await response.json()) as { message: string }).message];
  };
  expect(await refused(url("bytes.bin") + "?format=text")).toEqual([400, "bytes.bin is not text in UTF-8"]);
  expect(await refused(url("dir") + "?type=file")).toEqual([400, "dir is a folder, not a file"]);
  expect(await refused(url("bytes.bin") + "?type=directory")).toEqual([
    400,
    "bytes.bin is a file, not a directory",
  ]);
  expect(await refused(url("missing.txt"))).toEqual([404, "No such file or folder: missing.txt"]);
  expect(await refused(url("no/such/x.txt"), body("PUT", text("")))).toEqual([
    404,
    "No such file or folder: no/such",
  ]);
  expect(await refused(url(".env"), body("PUT", text("")))).toEqual([
    400,
    "Hidden files and folders cannot be written: .env",
  ]);
  expect(await refused(url("dir"), body("PUT", text("")))).toEqual([400, "dir is a folder"]);
  expect(await refused(url("b64"), body("PUT", { type: "file", format: "base64", content: "*" }))).toEqual([
    400,
    "The content is not valid base64",
  ]);
  expect(await refused(url("x"), { method: "PUT", body: "{" })).toMatchObject([400, /not JSON/]);
  expect(await refused(url("n".repeat(300)), body("PUT", text("")))).toEqual([400, "The name is too long"]);
  expect((await get("bytes.bin")).format).toBe("base64");
});

it("handles files of many megabytes, and says so when one is too large to show", async () => {
  const large = "0123456789abcdef".repeat(2 ** 20);
  await put("large.txt", text(large), 201);
  expect((await get("large.txt", "?format=text")).content).toBe(large);
  served.write("huge.txt", new Uint8Array(65 * 2 ** 20));
  const response = await served.request(url("huge.txt"));
  expect(response.status).toBe(413);
  expect((await get("huge.txt", "?content=0&hash=1")).hash).toHaveLength(64);
  const download = await served.request("/files/huge.txt?download=1");
  expect((await download.arrayBuffer()).byteLength).toBe(65 * 2 ** 20);
});
