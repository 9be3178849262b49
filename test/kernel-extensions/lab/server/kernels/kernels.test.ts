import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { lines, registerBareKernel, startServer, type TestServer } from "./support.js";
import { Tab } from "./tab.js";

let server: TestServer;
beforeAll(async () => {
  vi.stubEnv("JUPYTER_PATH", registerBareKernel(200));
  server = await startServer({ clients: 4 });
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});

async function open(name?: string, protocol?: "" | undefined): Promise<{ kernel: string; tab: Tab }> {
  const kernel = await server.startKernel(name);
  return { kernel, tab: await new Tab(server.port, kernel, protocol).connect() };
}

describe("the first cells", () => {
  it("are run when they are sent before the kernel is ready, in order", async () => {
    const { tab } = await open();
    const ids = [1, 2, 3].map((n) => tab.execute(`console.log("cell ${n}")`));
    for (const id of ids) await tab.idle(id);
    expect(ids.map((id) => tab.text(id))).toEqual(["cell 1\n", "cell 2\n", "cell 3\n"]);
    const types = tab.types(ids[0]!);
    expect(types.filter((type) => type !== "execute_reply")).toEqual([
      "busy",
      "execute_input",
      "stream",
      "idle",
    ]);
    expect(types).toContain("execute_reply");
  });

  it("lose nothing of any of 20 kernels that do not say when they can be heard", async () => {
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const { kernel, tab } = await open("bare");
          const ids = [tab.execute('{"print":3}'), tab.execute('{"print":2}')];
          for (const id of ids) await tab.idle(id);
          expect(ids.map((id) => tab.text(id))).toEqual([lines(3), lines(2)]);
          // Nothing that the server asked by itself shows.
          expect(tab.received.filter(({ content }) => content.execution_state === "idle")).toHaveLength(2);
          await server.api("DELETE", `/api/kernels/${kernel}`);
        }),
      );
    }
  });
});

describe("a running kernel", () => {
  let kernel: string;
  let tab: Tab;
  beforeAll(async () => {
    ({ kernel, tab } = await open());
    await tab.run("1");
  });

  it("prints 20,000 lines in order", async () => {
    const id = tab.execute("for (let i = 0; i < 20000; i++) console.log(i)");
    await tab.idle(id);
    expect(tab.text(id)).toBe(lines(20_000));
  });

  it("asks for input who runs the cell, and nobody else", async () => {
    const other = await new Tab(server.port, kernel).connect();
    const id = tab.execute('const name = await input("Name? "); console.log(`Hello ${name}`)');
    const question = await tab.until(({ header }) => header.msg_type === "input_request", id);
    expect(question).toMatchObject({ channel: "stdin", content: { prompt: "Name? " } });
    tab.send("input_reply", { status: "ok", value: "Ada" }, { channel: "stdin", parent: question.header });
    await tab.idle(id);
    await other.idle(id);
    expect(tab.text(id)).toContain("Hello Ada");
    expect(other.types(id)).toEqual(["busy", "execute_input", "stream", "idle"]);
    other.socket.close();
  });

  it("stops an endless loop", async () => {
    const id = tab.execute("while (true) {}");
    await tab.until(({ content }) => content.execution_state === "busy", id);
    const { status } = await server.api("POST", `/api/kernels/${kernel}/interrupt`);
    expect(status).toBe(204);
    expect((await tab.reply(id)).content).toMatchObject({ status: "error" });
    expect(await tab.run("1 + 1")).toMatchObject({ status: "ok" });
  });

  it("tells two tabs of all outputs, and each of its own replies", async () => {
    const other = await new Tab(server.port, kernel).connect();
    const [mine, others] = [tab.execute('console.log("mine")'), other.execute('console.log("theirs")')];
    for (const view of [tab, other]) for (const id of [mine, others]) await view.idle(id);
    await Promise.all([tab.reply(mine), other.reply(others)]);
    expect(tab.types(others)).toEqual(["busy", "execute_input", "stream", "idle"]);
    expect(other.types(mine)).toEqual(["busy", "execute_input", "stream", "idle"]);
    expect((await server.api("GET", `/api/kernels/${kernel}`)).json).toMatchObject({ connections: 2 });
    other.socket.close();
  });

  it.each([undefined, ""] as const)(
    "gets buffers and gives them back, over the protocol %j",
    async (protocol) => {
      const widget = await new Tab(server.port, kernel, protocol).connect();
      const registered = await widget.run(`
      const kernel = (globalThis as any)[Symbol.for("agentic-rl-lab.kernel")];
      kernel.comms.registerTarget("echo", (comm: any) => {
        comm.onMessage((data: any, buffers: Uint8Array[]) => comm.send(data, { buffers: buffers.toReversed() }));
      })`);
      expect(registered).toMatchObject({ status: "ok" });
      const [one, two] = [Buffer.from([1, 2, 3]), Buffer.alloc(100_000, 7)];
      widget.send("comm_open", { comm_id: "c", target_name: "echo", data: {} });
      widget.send("comm_msg", { comm_id: "c", data: { n: 1 } }, { buffers: [one, two] });
      const answer = await widget.until(({ header }) => header.msg_type === "comm_msg");
      expect(answer.content).toMatchObject({ comm_id: "c", data: { n: 1 } });
      expect(answer.buffers.map((buffer) => buffer.equals(one) || buffer.equals(two))).toEqual([true, true]);
      expect(answer.buffers[1]!.equals(one)).toBe(true);
      widget.send("comm_close", { comm_id: "c", data: {} });
      widget.socket.close();
    },
  );

  it("is restarted under its id, with its connections", { timeout: 180_000 }, async () => {
    await tab.run("(globalThis as any).kept = 1");
    const running = tab.execute("await new Promise(() => {})");
    const waiting = tab.execute("2");
    await tab.until(({ content }) => content.execution_state === "busy", running);
    const { status, json } = await server.api("POST", `/api/kernels/${kernel}/restart`);
    expect([status, json]).toMatchObject([200, { id: kernel }]);
    expect((await tab.reply(running)).content).toMatchObject({ status: "error", ename: "KernelRestarted" });
    expect((await tab.reply(waiting)).content).toMatchObject({ status: "aborted" });
    await tab.idle(waiting);
    const id = tab.execute("console.log((globalThis as any).kept)");
    await tab.idle(id);
    expect(tab.text(id)).toBe("undefined\n");
    // JupyterLab takes this status for a kernel that died, and says so.
    expect(tab.received.map(({ content }) => content.execution_state)).not.toContain("restarting");
  });

  it("has room for so many clients; those that are gone make room", async () => {
    const more = await Promise.all([1, 2, 3].map(() => new Tab(server.port, kernel).connect()));
    await expect(new Tab(server.port, kernel).connect()).rejects.toThrow("503");
    more[0]!.socket.close();
    await expect
      .poll(async () => (await server.api("GET", `/api/kernels/${kernel}`)).json)
      .toMatchObject({ connections: 3 });
    await new Tab(server.port, kernel).connect();
  });
});

it("clients of the older protocol are served", async () => {
  const { tab } = await open("bare", "");
  const id = tab.execute('{"print":3}');
  await tab.idle(id);
  expect(tab.socket.protocol).toBe("");
  expect(tab.text(id)).toBe(lines(3));
});

it("a kernel that is interrupted by a signal gets one", async () => {
  const { kernel, tab } = await open("bare");
  const id = tab.execute('{"print":100000,"everyMs":10}');
  await tab.until(({ header }) => header.msg_type === "stream", id);
  await server.api("POST", `/api/kernels/${kernel}/interrupt`);
  expect((await tab.reply(id)).content).toMatchObject({ ename: "Interrupted" });
});

it("five kernels work side by side", async () => {
  const opened = await Promise.all(Array.from({ length: 5 }, () => open("bare")));
  const ids = opened.map(({ tab }) => tab.execute('{"print":500}'));
  await Promise.all(opened.map(({ tab }, index) => tab.idle(ids[index]!)));
  for (const [index, { tab }] of opened.entries()) expect(tab.text(ids[index]!)).toBe(lines(500));
});
