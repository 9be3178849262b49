import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, body, serve } from "./serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

const url = "/lab/api/settings";
const tracker = `${url}/@jupyterlab/tracker-extension:plugin`;

it("lists all schemas, or their names alone", async () => {
  const ids = ["@jupyterlab/tracker-extension:plugin", "@jupyterlab/zoom-extension:main"];
  expect(await served.json(`${url}?ids_only=true&1795402551206`)).toEqual({
    settings: ids.map((id) => ({ id })),
  });
  for (const address of [url, `${url}/`]) {
    const { settings } = await served.json<{ settings: { id: string; raw: string }[] }>(address);
    expect(settings.map(({ id, raw }) => [id, raw])).toEqual(ids.map((id) => [id, "{}"]));
  }
});

it("lays this package's defaults over the schema's", async () => {
  expect(await served.json(tracker)).toEqual({
    id: "@jupyterlab/tracker-extension:plugin",
    version: "4.6.4",
    schema: {
      title: "Tracker",
      type: "object",
      properties: { depth: { type: "number", default: 7 }, deep: { default: { a: 1, b: 3 } } },
    },
    raw: "{}",
    settings: {},
    created: null,
    last_modified: null,
    warning: null,
  });
});

it("keeps the text that the user wrote, comments included", async () => {
  const raw = "{\n  // How far\n  depth: 3, 'deep': {a: 2,},\n}\n";
  expect((await served.request(tracker, body("PUT", { raw }))).status).toBe(204);
  const setting = await served.json<Record<string, unknown>>(tracker);
  expect(setting).toMatchObject({ raw, settings: { depth: 3, deep: { a: 2 } }, warning: null });
  expect(Date.parse(setting.last_modified as string)).toBeGreaterThan(Date.now() - 60_000);
  const file = join(served.state, "settings/@jupyterlab/tracker-extension/plugin.jupyterlab-settings");
  expect(readFileSync(file, "utf8")).toBe(raw);
});

it("refuses what would not be read again", async () => {
  const put = async (value: unknown) => (await served.request(tracker, body("PUT", value))).status;
  const before = await served.json(tracker);
  expect([await put({ raw: "{" }), await put({ raw: "1" }), await put({ raw: 1 }), await put({})]).toEqual([
    400, 400, 400, 400,
  ]);
  expect(await served.json(tracker)).toEqual(before);
});

it("starts with the defaults when a file was spoilt by hand, and says so", async () => {
  const folder = join(served.state, "settings/@jupyterlab/zoom-extension");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "main.jupyterlab-settings"), "{ spoilt");
  const setting = await served.json<{ raw: string; warning: string }>(
    `${url}/@jupyterlab/zoom-extension:main`,
  );
  expect(setting.raw).toBe("{}");
  expect(setting.warning).toMatch(/^@jupyterlab\/zoom-extension:main: JSON5/);
});

it.each(["@jupyterlab/none:plugin", "../../secret:x", "@jupyterlab/..:x", "a:../../x", "a:b:c", "plugin"])(
  "knows no settings called %s",
  async (id) => {
    const address = `${url}/${encodeURIComponent(id)}`;
    expect((await served.request(address)).status).toBe(404);
    expect((await served.request(address, body("PUT", { raw: "{}" }))).status).toBe(404);
  },
);
