/**
 * The client that JupyterLab itself uses, `@jupyterlab/services`, where it is installed: as a development dependency, or
 * with the front end that is built with it.
 */
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../../../../../kernel-extensions/client/message.js";
import type { CodeCell } from "../../../../../kernel-extensions/client/notebook.js";
import { OutputRecorder } from "../../../../../kernel-extensions/client/outputs.js";
import { Cable } from "./cable.js";
import { lines, registerBareKernel, startServer, type TestServer } from "./support.js";

/** What is used here of its interface. */
interface Reply {
  content: { status: string; ename?: string };
}
interface Future {
  onIOPub: (message: Omit<Message, "parentHeader">) => void;
  onStdin: (message: { header: object; content: { prompt: string } }) => void;
  sendInputReply(content: object, parent: object): void;
  done: Promise<Reply>;
}
interface Connection {
  id: string;
  status: string;
  requestExecute(content: { code: string }): Future;
  restart(): Promise<void>;
  interrupt(): Promise<void>;
  statusChanged: { connect(listener: (sender: unknown, status: string) => void): void };
}
interface Disposable {
  dispose(): void;
}
interface SessionConnection extends Disposable {
  id: string;
  path: string;
  kernel: Connection;
  setPath(path: string): Promise<void>;
  changeKernel(wanted: { name: string }): Promise<Connection>;
  shutdown(): Promise<void>;
}
interface Services {
  ServerConnection: { makeSettings(settings: object): object };
  KernelManager: new (options: object) => Disposable;
  SessionManager: new (options: object) => Disposable & {
    ready: Promise<void>;
    startNew(options: object): Promise<SessionConnection>;
    running(): Iterable<{ id: string; path: string }>;
    refreshRunning(): Promise<void>;
  };
}

function load(): Services | undefined {
  for (const place of [
    "../../../../../package.json",
    "../../../../../kernel-extensions/lab/frontend/package.json",
  ]) {
    try {
      return createRequire(new URL(place, import.meta.url))("@jupyterlab/services") as Services;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}
const services = load();

describe.skipIf(!services)("JupyterLab's own client", () => {
  let server: TestServer;
  let cable: Cable;
  let managers: Disposable[];
  let sessions: InstanceType<Services["SessionManager"]>;

  beforeAll(async () => {
    vi.stubEnv("JUPYTER_PATH", registerBareKernel(300));
    for (const level of ["debug", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
    server = await startServer();
  });
  afterAll(async () => {
    await server.app.close();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  beforeEach(async () => {
    cable = await Cable.to(server.port);
    const { ServerConnection, KernelManager, SessionManager } = services!;
    const serverSettings = ServerConnection.makeSettings({
      baseUrl: `${server.url}/`,
      wsUrl: `ws://127.0.0.1:${cable.port}/`,
      appendToken: false,
    });
    const kernelManager = new KernelManager({ serverSettings });
    sessions = new SessionManager({ kernelManager, serverSettings });
    managers = [sessions, kernelManager];
    await sessions.ready;
  });
  afterEach(() => {
    for (const manager of managers) manager.dispose();
    cable.close();
  });

  const open = (path = "a.ipynb") =>
    sessions.startNew({ path, name: path, type: "notebook", kernel: { name: "bare" } });

  /** Runs code; what the cell shows when it is done. */
  function run(kernel: Connection, code: object): { future: Future; text: () => string } {
    const cell: CodeCell = {
      cell_type: "code",
      id: "a",
      metadata: {},
      source: "",
      outputs: [],
      execution_count: null,
    };
    const recorder = new OutputRecorder();
    const future = kernel.requestExecute({ code: JSON.stringify(code) });
    future.onIOPub = (message) => {
      recorder.record(cell, { ...message, parentHeader: {} });
    };
    const text = () => cell.outputs.map((output) => (output as { text: string }).text).join("");
    return { future, text };
  }

  it("runs all cells right after it opened the notebook", async () => {
    const session = await open();
    const cells = [5, 1, 9].map((print) => run(session.kernel, { print }));
    for (const { future } of cells) expect((await future.done).content.status).toBe("ok");
    expect(cells.map(({ text }) => text())).toEqual([lines(5), lines(1), lines(9)]);
    await session.shutdown();
  });

  it("asks for input, interrupts, restarts, renames, changes the kernel", async () => {
    const session = await open();
    const asking = run(session.kernel, { ask: "Name? " });
    asking.future.onStdin = ({ header, content }) => {
      asking.future.sendInputReply({ status: "ok", value: `${content.prompt}Ada` }, header);
    };
    await asking.future.done;
    expect(asking.text()).toBe("Name? Ada\n");

    const endless = run(session.kernel, { print: 1e6, everyMs: 10 });
    await vi.waitFor(() => {
      expect(endless.text()).not.toBe("");
    });
    await session.kernel.interrupt();
    expect((await endless.future.done).content).toMatchObject({ status: "error", ename: "Interrupted" });

    const { id } = session.kernel;
    await session.kernel.restart();
    expect(session.kernel.id).toBe(id);
    const again = run(session.kernel, { print: 2 });
    await again.future.done;
    expect(again.text()).toBe(lines(2));

    await session.setPath("b.ipynb");
    await sessions.refreshRunning();
    expect([...sessions.running()]).toMatchObject([{ id: session.id, path: "b.ipynb" }]);
    expect((await session.changeKernel({ name: "bare" })).id).not.toBe(id);
    const other = run(session.kernel, { print: 3 });
    await other.future.done;
    expect(other.text()).toBe(lines(3));
    await session.shutdown();
  });

  it("loses and doubles nothing when its cable is cut", async () => {
    const session = await open();
    const cell = run(session.kernel, { print: 300, everyMs: 2 });
    for (const line of [10, 60]) {
      await vi.waitFor(() => {
        expect(cell.text()).toContain(`\n${line}\n`);
      }, 20_000);
      cable.cut();
    }
    expect((await cell.future.done).content.status).toBe("ok");
    expect(cell.text()).toBe(lines(300));
    await session.shutdown();
  });

  it("ends the cells of a kernel that died, and goes on with the next one", async () => {
    const session = await open();
    const statuses: string[] = [];
    session.kernel.statusChanged.connect((_sender, status) => statuses.push(status));
    const [dying, queued] = [run(session.kernel, { print: 1, exit: 5 }), run(session.kernel, { print: 1 })];
    expect((await dying.future.done).content).toMatchObject({ status: "error", ename: "KernelDied" });
    expect((await queued.future.done).content).toMatchObject({ status: "aborted" });
    expect(dying.text()).toMatch(/^0\nThe kernel ended with exit code 5 and was restarted/);
    await vi.waitFor(() => {
      expect(statuses).toContain("autorestarting");
      expect(session.kernel.status).toBe("idle");
    }, 20_000);
    const after = run(session.kernel, { print: 2 });
    await after.future.done;
    expect(after.text()).toBe(lines(2));
    await session.shutdown();
  });
});
