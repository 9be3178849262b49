import fc from "fast-check";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, body, serve } from "./serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

interface Workspace {
  data: unknown;
  metadata: { id: string; created?: string };
}
const url = (id: string) => `/lab/api/workspaces/${encodeURIComponent(id)}`;
const put = (id: string, workspace: unknown) => served.request(url(id), body("PUT", workspace));

it("keeps a workspace, lists it and forgets it", async () => {
  const data = { "layout-restorer:data": { main: { dock: null } } };
  expect(await served.json(url("default"))).toEqual({ data: {}, metadata: { id: "default" } });
  expect((await put("default", { data, metadata: { id: "default" } })).status).toBe(204);
  const stored = await served.json<Workspace>(url("default"));
  expect(stored).toMatchObject({ data, metadata: { id: "default" } });
  expect(Date.parse(stored.metadata.created!)).not.toBeNaN();
  expect(await served.json("/lab/api/workspaces?1795402551206")).toEqual({
    workspaces: { ids: ["default"], values: [stored] },
  });
  expect((await served.request(url("default"), { method: "DELETE" })).status).toBe(204);
  expect((await served.request(url("default"), { method: "DELETE" })).status).toBe(404);
});

it("keeps workspaces of any name apart, all in one folder", async () => {
  const name = fc.oneof(
    fc.constantFrom(
      "../../x",
      "..a",
      "a/b",
      "A",
      "a",
      "ä",
      "a-b",
      "a b",
      "/etc/passwd",
      "C:\\x",
      "x".repeat(300),
    ),
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((word) => !/\p{Cs}/u.test(word) && !/^\.+$/.test(word)),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 2, maxLength: 4 }), async (names) => {
      const different = new Set(names.map((id) => id.replace(/^\//, "")));
      fc.pre(different.size === names.length && !different.has(""));
      for (const id of names) {
        const { status } = await put(id, { data: { id }, metadata: { id } });
        expect(status, id).toBe(204);
      }
      for (const id of names) expect(await served.json(url(id))).toMatchObject({ data: { id } });
    }),
    { numRuns: 30 },
  );
  expect(readdirSync(join(served.state, "workspaces"))).toHaveLength(1);
});

it("refuses what is no workspace, or another one", async () => {
  expect((await put("mine", { data: {}, metadata: { id: "other" } })).status).toBe(400);
  expect((await put("mine", { data: {} })).status).toBe(400);
  for (const data of [null, [], "x", 1])
    expect((await put("mine", { data, metadata: { id: "mine" } })).status, String(data)).toBe(400);
  expect((await put("mine", [])).status).toBe(400);
  expect((await served.request("/lab/api/workspaces/", body("PUT", {}))).status).toBe(400);
});
