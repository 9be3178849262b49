import { randomInt } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Cable } from "./cable.js";
import { lines, registerBareKernel, startServer, type TestServer } from "./support.js";
import { Tab } from "./tab.js";

const mebibyte = 1024 * 1024;
const printing =
  "for (let i = 0; i < 400; i++) { console.log(i); if (i % 4 === 0) await new Promise((r) => setTimeout(r, 5)); }";

let server: TestServer;
let cable: Cable;
beforeAll(async () => {
  vi.stubEnv("JUPYTER_PATH", registerBareKernel());
  server = await startServer({ pingInterval: 200, pongTime: 600 });
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});
beforeEach(async () => {
  cable = await Cable.to(server.port);
});
afterEach(() => {
  cable.close();
});

const closed = (tab: Tab) => new Promise((resolve) => tab.socket.once("close", resolve));

async function open(name?: string): Promise<{ kernel: string; tab: Tab }> {
  const kernel = await server.startKernel(name);
  const tab = await new Tab(server.port, kernel).connect(cable.port);
  return { kernel, tab };
}

describe("a client that was cut off", () => {
  it("misses nothing and gets nothing twice, wherever the cable is cut", async () => {
    const { tab } = await open("bare");
    await tab.run("{}");
    for (let round = 0; round < 15; round++) {
      const id = tab.execute('{"print":400}');
      for (let cut = 0; cut < 3; cut++) {
        cable.cutAfter(randomInt(1, 40_000));
        const isDone = await Promise.race([tab.idle(id).then(() => true), closed(tab).then(() => false)]);
        if (isDone) break;
        await tab.connect(cable.port);
      }
      cable.cutAfter(Infinity);
      await Promise.all([tab.idle(id), tab.reply(id)]);
      expect(tab.text(id)).toBe(lines(400));
    }
  });

  it("misses nothing of a real kernel while it is away", async () => {
    const { tab } = await open();
    const id = tab.execute(printing);
    for (const line of ["20", "150"]) {
      await tab.until(({ content }) => String(content.text).includes(`${line}\n`), id);
      cable.cut();
      await closed(tab);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await tab.connect(cable.port);
    }
    await Promise.all([tab.idle(id), tab.reply(id)]);
    expect(tab.text(id)).toBe(lines(400));
  });

  it("gets the end of a cell that ended meanwhile, when it comes back", async () => {
    const { kernel, tab } = await open("bare");
    const other = await new Tab(server.port, kernel).connect();
    const id = tab.execute('{"print":50,"everyMs":5}');
    await tab.until(({ header }) => header.msg_type === "stream", id);
    cable.cut();
    await closed(tab);
    // Two tabs: only one of them lost its connection.
    await other.idle(id);
    const next = other.execute('{"print":10}');
    await other.idle(next);
    await tab.connect(cable.port);
    await Promise.all([tab.idle(id), tab.reply(id), tab.idle(next)]);
    expect(tab.text(id)).toBe(lines(50));
    expect(other.received.some(({ header }) => header.msg_type === "clear_output")).toBe(false);
  });

  it("without the server's knowing takes the place of its dead connection", async () => {
    const { kernel, tab } = await open("bare");
    const id = tab.execute('{"print":100,"everyMs":5}');
    await tab.until(({ content }) => content.text === "10\n", id);
    cable.unplug();
    await closed(tab);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await tab.connect(server.port);
    await Promise.all([tab.idle(id), tab.reply(id)]);
    expect(tab.text(id)).toBe(lines(100));
    expect((await server.api("GET", `/api/kernels/${kernel}`)).json).toMatchObject({ connections: 1 });
  });

  it("without the server's knowing is missed after a while", async () => {
    const { kernel, tab } = await open("bare");
    await tab.run("{}");
    cable.unplug();
    const connections = async () => (await server.api("GET", `/api/kernels/${kernel}`)).json;
    expect(await connections()).toMatchObject({ connections: 1 });
    await expect.poll(connections, { timeout: 5000 }).toMatchObject({ connections: 0 });
  });

  it("is asked again what it was asked", async () => {
    const { tab } = await open("bare");
    const id = tab.execute('{"print":3,"ask":"Name? "}');
    await tab.until(({ header }) => header.msg_type === "input_request", id);
    cable.cut();
    await closed(tab);
    await tab.connect(cable.port);
    const question = tab.received.find(({ header }) => header.msg_type === "input_request")!;
    tab.send("input_reply", { status: "ok", value: "Ada" }, { channel: "stdin", parent: question.header });
    await tab.idle(id);
    expect(tab.text(id)).toBe(`${lines(3)}Ada\n`);
  });

  it("hears once that its kernel died", async () => {
    const { tab } = await open("bare");
    const id = tab.execute('{"print":3,"exit":1}');
    const isRestart = ({ content }: { content: Record<string, unknown> }) =>
      content.execution_state === "restarting";
    await tab.until(isRestart);
    tab.socket.close(); // As JupyterLab does, to connect anew.
    await closed(tab);
    await tab.connect(cable.port);
    await tab.run("{}");
    expect(tab.received.filter(isRestart)).toHaveLength(1);
    expect(tab.text(id)).toMatch(/^0\n1\n2\nThe kernel ended with exit code 1 and was restarted/);
  });
});

it("a client that reads too slowly is cut off; back again, it gets the last of what came", async () => {
  const narrow = await startServer({ transcripts: 2 * mebibyte, outbox: 4 * mebibyte, socketBuffer: 65536 });
  try {
    const kernel = await narrow.startKernel("bare");
    const [tab, other] = [new Tab(narrow.port, kernel), new Tab(narrow.port, kernel)];
    await Promise.all([tab.connect(), other.connect()]);
    await tab.run("{}");
    tab.socket.pause();
    const id = tab.execute('{"print":30000}');
    await other.idle(id);
    expect(narrow.log).toContainEqual(expect.stringContaining("a client reads too slowly"));
    tab.socket.resume();
    await closed(tab);
    await tab.connect();
    await Promise.all([tab.idle(id), tab.reply(id)]);
    const [notice, rest] = tab.outputs(id) as { text: string }[];
    expect(notice!.text).toMatch(/the first \d+ MB of it are left out/);
    expect(lines(30_000).endsWith(rest!.text)).toBe(true);
    expect(rest!.text.length).toBeGreaterThan(10_000);
  } finally {
    await narrow.app.close();
  }
});
