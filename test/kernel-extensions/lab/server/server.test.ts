import { createServer } from "node:net";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startLabServer } from "../../../../kernel-extensions/lab/server/server.js";
import { type Served, serve } from "./serving.js";

const start = (options: Parameters<typeof serve>[1] = {}) => serve(onTestFinished, options);

async function pageConfig(served: Served, path: string): Promise<Record<string, unknown>> {
  const html = await (await served.request(path)).text();
  return JSON.parse(/json">(.*)<\/script>/s.exec(html)![1]!) as Record<string, unknown>;
}

it("writes into the page where it is and what it shows", async () => {
  const served = await start({ open: "a folder/1 & 2.ipynb" });
  expect(served.url).toBe(
    `http://127.0.0.1:${served.port}/lab/tree/a%20folder/1%20%26%202.ipynb?token=${served.token}`,
  );
  expect(await pageConfig(served, "/lab")).toMatchObject({
    baseUrl: "/",
    token: "",
    fullStaticUrl: "/static/lab",
    mode: "multiple-document",
    workspace: "default",
    treePath: "",
    terminalsAvailable: false,
  });
  expect(await pageConfig(served, "/lab/tree/a%20folder/1%20%26%202.ipynb")).toMatchObject({
    treePath: "a folder/1 & 2.ipynb",
  });
  expect(
    await pageConfig(served, "/lab/workspaces/auto-k/tree/x/%3C%2Fscript%3E$&.ipynb?reset=1"),
  ).toMatchObject({
    workspace: "auto-k",
    treePath: "x/</script>$&.ipynb",
  });
  expect(await pageConfig(served, "/doc/tree/x.ipynb")).toMatchObject({
    mode: "single-document",
    treePath: "x.ipynb",
  });
  const front = await served.request("/");
  expect(front.headers.get("location")).toBe("/lab/tree/a%20folder/1%20%26%202.ipynb");
});

it("lets browsers keep what never changes, and only that", async () => {
  const served = await start();
  const cached = async (path: string) => (await served.request(path)).headers.get("cache-control");
  expect(await cached("/static/lab/main.0123abcd.js")).toMatch(/immutable/);
  expect(await cached("/static/lab/plain.js")).toBe("no-cache");
  expect(await cached("/lab/api/themes/@jupyterlab/theme-light-extension/index.css")).toBe("no-cache");
  expect(await cached("/lab")).toBe("no-store");
});

it("answers the small questions of the Lab", async () => {
  const served = await start();
  served.write("notes.txt", "");
  expect(await served.json("/api")).toEqual({ version: expect.any(String) as string });
  expect(await served.json("/api/me")).toMatchObject({
    identity: { username: expect.any(String) as string, initials: expect.any(String) as string },
    permissions: {},
  });
  expect(await served.json("/lab/api/translations")).toMatchObject({ data: { en: {} }, message: "" });
  expect(await served.json("/lab/api/translations/default")).toEqual({ data: {}, message: "" });
  const resolved = (path: string) => served.json(`/api/resolvePath?path=${encodeURIComponent(path)}`);
  const found = { resolved: [{ scope: "server", path: "notes.txt" }] };
  expect(await resolved("./notes.txt")).toEqual(found);
  expect(await resolved(join(served.root, "notes.txt"))).toEqual(found);
  expect(await resolved(join(served.outside, "secret.txt"))).toEqual({ resolved: [] });
  expect(await resolved("/etc/passwd")).toEqual({ resolved: [] });
});

it("says how to get a front end when none is built", async () => {
  const served = await start({ frontend: "/nowhere" });
  const response = await served.request("/lab");
  expect(response.status).toBe(503);
  expect(((await response.json()) as { message: string }).message).toMatch(/npm start/);
});

it("takes the next port when one is taken, but not instead of the one asked for", async () => {
  const [first, second] = [await start(), await start()];
  expect(second.port).toBeGreaterThan(first.port);
  expect(second.token).not.toBe(first.token);
  const root = realpathSync(mkdtempSync(join(tmpdir(), "arl-lab-")));
  const options = { root, state: join(root, ".state"), port: first.port };
  await expect(startLabServer(options)).rejects.toThrow(`Port ${first.port} is taken by another program`);
});

it("can be closed twice, while a request is coming in, and frees its port", async () => {
  const served = await start({ limits: { closingTime: 200 } });
  const hanging = fetch(`http://127.0.0.1:${served.port}/api/contents/x`, {
    method: "PUT",
    headers: { Authorization: `token ${served.token}` },
    body: new ReadableStream({ start: () => undefined }),
    duplex: "half",
  } as RequestInit).catch(() => "cut");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await Promise.all([served.close(), served.close()]);
  expect(await hanging).toBe("cut");
  const again = createServer();
  await new Promise<void>((resolve) => again.listen(served.port, "127.0.0.1", resolve));
  again.close();
});
