import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { delimiter } from "node:path";
import { ownKernelSpec } from "../../../../../kernel-extensions/cli/kernelspec/find.js";
import { explainDeath } from "../../../../../kernel-extensions/lab/server/kernels/death.js";
import { registerBareKernel, registerKernel, startServer, type TestServer } from "./support.js";
import { Tab } from "./tab.js";

let server: TestServer;
beforeAll(async () => {
  const [node, ...args] = ownKernelSpec().argv;
  const small = { argv: [node, "--max-old-space-size=300", ...args], interrupt_mode: "message" };
  const broken = { argv: [process.execPath, "-e", "console.error('no such tensor'); process.exit(3)"] };
  const absent = { argv: ["/nowhere/kernel", "{connection_file}"] };
  const folders = [
    registerBareKernel(),
    registerKernel("small", small),
    registerKernel("broken", broken),
    registerKernel("absent", absent),
  ];
  vi.stubEnv("JUPYTER_PATH", folders.join(delimiter));
  server = await startServer({ restarts: 2 });
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});

async function open(name?: string): Promise<{ kernel: string; tab: Tab }> {
  const kernel = await server.startKernel(name);
  return { kernel, tab: await new Tab(server.port, kernel).connect() };
}
const modelOf = async (kernel: string) => (await server.api("GET", `/api/kernels/${kernel}`)).json;
const restarting = (tab: Tab) => tab.until(({ content }) => content.execution_state === "restarting");

/** For what starts real kernels, one after another, on a machine that does other things besides. */
const slow = { timeout: 180_000 };

describe("a kernel that dies", () => {
  it("by being killed says so in the cell that ran, ends the others, and comes back", slow, async () => {
    const { kernel, tab } = await open();
    const pid = tab.execute("console.log(process.pid)");
    await tab.idle(pid);
    const running = tab.execute('console.log("before"); await new Promise(() => {})');
    const waiting = [tab.execute("2"), tab.execute("3")];
    await tab.until(({ header }) => header.msg_type === "stream", running);
    process.kill(Number(tab.text(pid)), "SIGKILL");
    expect((await tab.reply(running)).content).toMatchObject({ status: "error", ename: "KernelDied" });
    for (const id of waiting) {
      expect((await tab.reply(id)).content).toMatchObject({ status: "aborted" });
      expect(tab.types(id)).toEqual(
        ["aborted", "idle"].map((type) => type.replace("aborted", "execute_reply")),
      );
    }
    expect(tab.text(running)).toMatch(
      /^before\nThe kernel was ended by the system or by someone \(SIGKILL\) and was restarted: its variables are gone\. Run the cells from the top\.\n/,
    );
    await restarting(tab);
    // All of it is said with the kernel's own session id: JupyterLab drops messages of another one.
    const sessions = tab.received.map(({ header }) => header.session);
    expect(new Set(sessions).size).toBe(1);
    const after = tab.execute('console.log("after")');
    await tab.idle(after);
    expect(tab.text(after)).toBe("after\n");
    expect(await modelOf(kernel)).toMatchObject({ id: kernel, execution_state: "idle", connections: 1 });
  });

  it("for lack of memory says so", slow, async () => {
    const { tab } = await open("small");
    const id = tab.execute(
      "const kept: number[][] = []; for (;;) kept.push(new Array<number>(1e5).fill(0.5));",
    );
    await tab.idle(id);
    expect(tab.text(id)).toMatch(
      /^The kernel ran out of memory \(JavaScript's heap was full at (2\d\d|3\d\d) MB\) and was restarted/,
    );
    expect(tab.text(id)).toContain("--max-old-space-size");
    await restarting(tab);
    expect(await tab.run("1 + 1")).toMatchObject({ status: "ok" });
    expect(server.log.join("\n")).toMatch(/kernel small [0-9a-f]{8}: ran out of memory .*; it is restarted/);
  });

  it("again and again is not restarted any more", async () => {
    const { kernel, tab } = await open("bare");
    for (let time = 0; time < 2; time++) {
      const id = tab.execute('{"exit":7}');
      await tab.idle(id);
      expect(tab.text(id)).toContain("ended with exit code 7 and was restarted");
      expect(tab.text(id)).toContain("It last printed:\ngoing down");
    }
    const last = tab.execute('{"exit":7}');
    await tab.idle(last);
    expect(tab.text(last)).toContain("it is not restarted any more");
    await tab.until(({ content }) => content.execution_state === "dead");
    expect(await modelOf(kernel)).toMatchObject({
      execution_state: "dead",
      reason: "ended with exit code 7",
    });
    // Whoever asks it something all the same is not left waiting.
    const late = tab.execute('{"print":1}');
    await tab.idle(late);
    expect((await tab.reply(late)).content).toMatchObject({ status: "error" });
    expect((await server.api("GET", "/api/sessions")).json).not.toContainEqual(
      expect.objectContaining({ kernel: expect.objectContaining({ id: kernel }) as unknown }),
    );
    const { status } = await server.api("POST", `/api/kernels/${kernel}/restart`);
    expect(status).toBe(200);
    await expect.poll(() => modelOf(kernel)).toMatchObject({ execution_state: "idle" });
  });

  it("before it ever answers tells the first cell why", async () => {
    const { kernel, tab } = await open("broken");
    const [first, second] = [tab.execute("1"), tab.execute("2")];
    await Promise.all([tab.idle(first), tab.idle(second)]);
    expect(tab.text(first)).toContain("ended with exit code 3");
    expect(tab.text(first)).toContain("no such tensor");
    expect((await tab.reply(second)).content).toMatchObject({ status: "aborted" });
    expect(await modelOf(kernel)).toMatchObject({ execution_state: "dead" });
    expect(server.log).toContainEqual(expect.stringMatching(/^kernel broken [0-9a-f]{8}: no such tensor$/));
  });
});

it("a kernel whose program is not there cannot be started", async () => {
  const session = { path: "a.ipynb", name: "", type: "notebook", kernel: { name: "absent" } };
  const { status, json } = await server.api("POST", "/api/sessions", session);
  expect([status, json]).toMatchObject([
    500,
    { message: expect.stringContaining("/nowhere/kernel") as unknown },
  ]);
  expect((await server.api("GET", "/api/kernels")).json).not.toContainEqual(
    expect.objectContaining({ name: "absent" }),
  );
});

describe("the cause of a death", () => {
  it.each([
    [{ code: null, signal: "SIGSEGV" as const }, "crashed (SIGSEGV)"],
    [{ code: 137, signal: null }, "was ended by the system or by someone (SIGKILL)"],
    [{ code: null, signal: "SIGTERM" as const }, "was ended by SIGTERM"],
    [{ code: 1, signal: null }, "ended with exit code 1"],
  ])("of %j", (ending, cause) => {
    expect(explainDeath(ending, "").cause).toBe(cause);
  });
});
