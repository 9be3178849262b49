import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { registerBareKernel, startServer, type TestServer } from "./support.js";
import { Tab } from "./tab.js";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const anyKernel = {
  id: expect.stringMatching(uuid) as unknown,
  name: "bare",
  last_activity: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
  execution_state: expect.stringMatching(/^(starting|idle|busy)$/) as unknown,
  connections: 0,
};

let server: TestServer;
beforeAll(async () => {
  vi.stubEnv("JUPYTER_PATH", registerBareKernel());
  server = await startServer({ kernels: 3 });
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});

describe("/api/kernels", () => {
  it("starts, lists, restarts and ends kernels", async () => {
    const started = await server.api("POST", "/api/kernels", { name: "bare" });
    expect([started.status, started.json]).toEqual([201, anyKernel]);
    const { id } = started.json as { id: string };
    expect((await server.api("GET", "/api/kernels")).json).toContainEqual(anyKernel);
    await expect
      .poll(async () => (await server.api("GET", `/api/kernels/${id}`)).json)
      .toEqual({ ...anyKernel, id, execution_state: "idle" });
    expect((await server.api("POST", `/api/kernels/${id}/restart`)).json).toMatchObject({ id });
    expect((await server.api("DELETE", `/api/kernels/${id}`)).status).toBe(204);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/restart"],
      ["POST", "/interrupt"],
    ] as const) {
      expect((await server.api(method, `/api/kernels/${id}${path}`)).status).toBe(404);
    }
  });

  it("refuses what does not exist, and too many", async () => {
    expect((await server.api("POST", "/api/kernels", { name: "nobody" })).status).toBe(404);
    const started = await Promise.all(
      [1, 2, 3, 4, 5].map(() => server.api("POST", "/api/kernels", { name: "bare" })),
    );
    expect(started.map(({ status }) => status).sort()).toEqual([201, 201, 201, 503, 503]);
    for (const { json } of started) {
      if ("id" in json) await server.api("DELETE", `/api/kernels/${(json as { id: string }).id}`);
    }
  });
});

describe("/api/sessions", () => {
  const notebook = (path: string) => ({ path, name: path, type: "notebook", kernel: { name: "bare" } });

  it("keeps one kernel for a path, and follows a file that is renamed", async () => {
    const [first, again] = await Promise.all(
      [1, 2].map(() => server.api("POST", "/api/sessions", notebook("a.ipynb"))),
    );
    expect(first!.status).toBe(201);
    expect(first!.json).toEqual({
      id: expect.stringMatching(uuid) as unknown,
      path: "a.ipynb",
      name: "a.ipynb",
      type: "notebook",
      kernel: anyKernel,
      notebook: { path: "a.ipynb", name: "a.ipynb" },
    });
    expect(again!.json).toMatchObject({
      id: first!.json.id,
      kernel: { id: (first!.json.kernel as { id: string }).id },
    });
    const { id } = first!.json as { id: string };
    const renamed = await server.api("PATCH", `/api/sessions/${id}`, { path: "b/c.ipynb", name: "c.ipynb" });
    expect(renamed.json).toMatchObject({ id, path: "b/c.ipynb", name: "c.ipynb" });
    expect((await server.api("GET", "/api/sessions")).json).toMatchObject([{ id, path: "b/c.ipynb" }]);
    expect((await server.api("DELETE", `/api/sessions/${id}`)).status).toBe(204);
    expect((await server.api("GET", "/api/sessions")).json).toEqual([]);
    expect((await server.api("GET", "/api/kernels")).json).toEqual([]);
    expect((await server.api("GET", `/api/sessions/${id}`)).status).toBe(404);
  });

  it("changes a session's kernel, and ends the one before unless it is used elsewhere", async () => {
    const { json } = await server.api("POST", "/api/sessions", notebook("d.ipynb"));
    const { id, kernel } = json as unknown as { id: string; kernel: { id: string } };
    const console = { path: "console", name: "", type: "console", kernel: { id: kernel.id } };
    const shared = await server.api("POST", "/api/sessions", console);
    expect(shared.json).toMatchObject({ kernel: { id: kernel.id } });
    const changed = await server.api("PATCH", `/api/sessions/${id}`, { kernel: { name: "bare" } });
    const second = (changed.json.kernel as { id: string }).id;
    expect(second).not.toBe(kernel.id);
    expect((await server.api("GET", `/api/kernels/${kernel.id}`)).status).toBe(200);
    await server.api("PATCH", `/api/sessions/${id}`, { kernel: { id: kernel.id } });
    expect((await server.api("GET", `/api/kernels/${second}`)).status).toBe(404);
    // The kernel is gone: both of its sessions are.
    await server.api("DELETE", `/api/kernels/${kernel.id}`);
    expect((await server.api("GET", "/api/sessions")).json).toEqual([]);
  });

  it("refuses what is no session", async () => {
    for (const body of [
      undefined,
      [],
      {},
      { path: "a", type: 1 },
      { path: 1, type: "notebook" },
      { path: "a", type: "x", kernel: 1 },
    ]) {
      expect((await server.api("POST", "/api/sessions", body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await server.api("GET", "/api/sessions")).json).toEqual([]);
  });

  it("starts a kernel in its notebook's folder, and nowhere outside", async () => {
    mkdirSync(join(server.root, "lessons"));
    const folderOf = async (path: string): Promise<string> => {
      const { json } = await server.api("POST", "/api/sessions", {
        path,
        type: "notebook",
        kernel: { name: "bare" },
      });
      const tab = await new Tab(server.port, (json.kernel as { id: string }).id).connect();
      const id = tab.execute('{"cwd":true}');
      await tab.idle(id);
      const text = tab.text(id);
      await server.api("DELETE", `/api/sessions/${String(json.id)}`);
      return text;
    };
    expect(await folderOf("lessons/a.ipynb")).toBe(join(server.root, "lessons"));
    expect(await folderOf("lessons/not/there/a.ipynb")).toBe(join(server.root, "lessons"));
    expect(await folderOf("../../a.ipynb")).toBe(server.root);
  });
});
