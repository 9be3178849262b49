import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { registerBareKernel, startServer, type TestServer } from "./support.js";
import { Tab } from "./tab.js";

let server: TestServer;
beforeAll(async () => {
  vi.stubEnv("JUPYTER_PATH", registerBareKernel());
  server = await startServer();
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("websockets", () => {
  const opening = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
      socket.on("open", () => {
        resolve("open");
        socket.terminate();
      });
      socket.on("error", (error) => {
        resolve(error.message);
      });
    });

  it("are opened for events and for kernels that there are", async () => {
    expect(await opening("/api/events/subscribe")).toBe("open");
    expect(await opening("/api/kernels/12345678-1234-1234-1234-123456789012/channels")).toContain("404");
    expect(await opening("/api/elsewhere")).toContain("404");
  });

  it("survive what is no message, and are closed on what is too large", async () => {
    const small = await startServer({ request: 10_000 });
    try {
      const tab = await new Tab(small.port, await small.startKernel("bare")).connect();
      for (const rubbish of ["text", "", Buffer.alloc(0), Buffer.alloc(9), Buffer.alloc(100, 255)])
        tab.socket.send(rubbish);
      tab.send("no_such_request", {}, { channel: "iopub" });
      expect(await tab.run('{"print":1}')).toMatchObject({ status: "ok" });
      const code = new Promise<number>((resolve) => tab.socket.once("close", resolve));
      tab.execute(" ".repeat(20_000));
      expect(await code).toBe(1009);
      await tab.connect();
      expect(await tab.run('{"print":1}')).toMatchObject({ status: "ok" });
    } finally {
      await small.app.close();
    }
  });
});

it("outputs that no browser could show are left out", async () => {
  const narrow = await startServer({ output: 2000 });
  try {
    const tab = await new Tab(narrow.port, await narrow.startKernel("bare")).connect();
    const id = tab.execute('{"print":1,"cwd":true}');
    await tab.idle(id);
    expect(tab.outputs(id)).toMatchObject([{ name: "stdout" }]);
    const large = tab.execute(`{"ask":"?"}`);
    const { header } = await tab.until(({ header: { msg_type } }) => msg_type === "input_request", large);
    const value = "x".repeat(3000);
    tab.send("input_reply", { status: "ok", value }, { channel: "stdin", parent: header });
    await tab.idle(large);
    expect(tab.text(large)).toMatch(/^\[An output of 4 KB is left out/);
  } finally {
    await narrow.app.close();
  }
});

describe("when the server", () => {
  it("closes, its kernels and connections do", async () => {
    const own = await startServer();
    const kernel = await own.startKernel();
    const tab = await new Tab(own.port, kernel).connect();
    const id = tab.execute("console.log(process.pid)");
    await tab.idle(id);
    const pid = Number(tab.text(id));
    expect(isAlive(pid)).toBe(true);
    await own.app.close();
    expect(isAlive(pid)).toBe(false);
    await expect.poll(() => tab.socket.readyState).toBe(WebSocket.CLOSED);
  });

  it("is killed, our kernels end by themselves", async () => {
    const script = new URL("lone-server.mjs", import.meta.url);
    const child = spawn(process.execPath, [script.pathname, server.root], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [port, kernel] = await new Promise<[number, string]>((resolve) => {
      child.stdout.once("data", (text: Buffer) => {
        resolve(JSON.parse(text.toString()) as [number, string]);
      });
    });
    const tab = await new Tab(port, kernel).connect();
    const id = tab.execute("console.log(process.pid)");
    await tab.idle(id);
    const pid = Number(tab.text(id));
    child.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
  });
});
