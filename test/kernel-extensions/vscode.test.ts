/**
 * The kernel as VS Code's Jupyter extension starts and speaks to it, without a Jupyter server: by the kernelspec it
 * finds, in a process of its own with no shell, over ZeroMQ.
 * Source: https://github.com/microsoft/vscode-jupyter, src/kernels/raw: finder/localKernelSpecFinderBase.node.ts,
 * launcher/kernelLauncher.node.ts, launcher/kernelProcess.node.ts, session/rawSocket.node.ts,
 * session/rawKernelConnection.node.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dealer, Subscriber } from "zeromq";
import { newConnection, type ConnectionInfo } from "../../kernel-extensions/client/connection.js";
import { installKernelSpec } from "../../kernel-extensions/cli/kernelspec/install.js";

type Json = Record<string, unknown>;
interface Message {
  channel: string;
  header: { msg_type: string; msg_id: string };
  parent: { msg_id?: string };
  content: Json;
}

const delimiter = "<IDS|MSG>";

/** The extension's RawSocket: one routing id for all channels, no heartbeat. */
class RawSocket {
  readonly messages: Message[] = [];
  readonly #connection: ConnectionInfo;
  readonly #dealers: Record<string, Dealer>;
  readonly #iopub = new Subscriber({ receiveHighWaterMark: 0, maxMessageSize: -1, linger: 0 });
  readonly #session = randomUUID();

  constructor(connection: ConnectionInfo) {
    this.#connection = connection;
    const options = { routingId: randomUUID(), sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 };
    this.#dealers = {
      shell: new Dealer(options),
      control: new Dealer(options),
      stdin: new Dealer(options),
    };
    for (const [channel, socket] of Object.entries({ iopub: this.#iopub, ...this.#dealers })) {
      const port = connection[`${channel}_port` as "shell_port"];
      socket.connect(`tcp://${connection.ip}:${String(port)}`);
      void this.#read(channel, socket);
    }
    this.#iopub.subscribe();
  }

  send(channel: string, type: string, content: Json = {}, parent: Json = {}): string {
    const id = randomUUID();
    const date = new Date().toISOString();
    const header = { date, msg_id: id, msg_type: type, session: this.#session, username: "", version: "5.2" };
    const parts = [header, parent, {}, content].map((part) => JSON.stringify(part));
    void this.#dealers[channel]!.send([delimiter, this.#sign(parts), ...parts]);
    return id;
  }

  /** The first message of this kind, waited for. */
  async until(test: (message: Message) => boolean, what: string): Promise<Message> {
    for (const since = Date.now(); Date.now() - since < 30_000; await sleep(20)) {
      const found = this.messages.find(test);
      if (found) return found;
    }
    throw new Error(`no ${what} among ${this.messages.map(({ header }) => header.msg_type).join(", ")}`);
  }

  reply(id: string, channel = "shell"): Promise<Message> {
    const isReply = (message: Message) => message.channel === channel && message.parent.msg_id === id;
    return this.until(isReply, `reply on ${channel}`);
  }

  close(): void {
    for (const socket of [this.#iopub, ...Object.values(this.#dealers)]) socket.close();
  }

  async #read(channel: string, socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const texts = frames.map(String);
      const [signature, header, parent, metadata, content] = texts.slice(texts.indexOf(delimiter) + 1);
      expect(signature).toBe(this.#sign([header!, parent!, metadata!, content!]));
      const [h, p, c] = [header!, parent!, content!].map((text) => JSON.parse(text) as Json);
      this.messages.push({ channel, header: h, parent: p, content: c } as unknown as Message);
    }
  }

  #sign(parts: string[]): string {
    const hmac = createHmac("sha256", this.#connection.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

/** As `tcp-port-used` asks: by a connection that says nothing. */
async function waitUntilUsed(port: number): Promise<void> {
  for (const since = Date.now(); Date.now() - since < 30_000; await sleep(200)) {
    const isUsed = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => {
        resolve(false);
      });
    });
    if (isUsed) return;
  }
  throw new Error(`nothing listens on ${String(port)}`);
}

const folder = mkdtempSync(join(tmpdir(), "arl-vscode-"));
let child: ChildProcess | undefined;
let socket: RawSocket;
let stderr = "";
let exited: Promise<void>;

beforeAll(async () => {
  await installKernelSpec(folder);
  const found = readdirSync(join(folder, "kernels"), { recursive: true, encoding: "utf8" });
  const path = join(
    folder,
    "kernels",
    found.find((file) => file.endsWith("kernel.json"))!,
  );
  const spec = JSON.parse(readFileSync(path, "utf8")) as {
    argv: string[];
    display_name: string;
    language: string;
    interrupt_mode: string;
  };
  expect(spec).toMatchObject({ language: "typescript", interrupt_mode: "message" });
  expect(spec.display_name.toLowerCase()).not.toMatch(/python/); // Those it starts in another way.

  const connection = { ...(await newConnection("agentic-rl")), key: randomUUID() };
  const runtime = join(folder, "Application Support", "Jupyter runtime");
  mkdirSync(runtime, { recursive: true });
  const connectionFile = join(runtime, "kernel-v3 é.json");
  writeFileSync(connectionFile, JSON.stringify(connection));
  const [command, ...args] = spec.argv.map((part) =>
    part.replaceAll("{resource_dir}", dirname(path)).replace("{connection_file}", connectionFile),
  );
  // The editor may have been started from a menu: no PATH to speak of, and here not even a home.
  const env = { PATH: "", HOME: join(folder, "no such home"), VSCODE_PID: String(process.pid) };
  const kernel = spawn(command!, args, { cwd: "/", env });
  child = kernel;
  kernel.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  exited = new Promise((resolve) => {
    kernel.once("exit", () => {
      resolve();
    });
  });
  await Promise.all([waitUntilUsed(connection.shell_port), waitUntilUsed(connection.iopub_port)]);
  socket = new RawSocket(connection);
});

afterAll(() => {
  child?.kill("SIGKILL");
  socket.close();
  rmSync(folder, { recursive: true, force: true });
});

const execute = (code: string) =>
  socket.send("shell", "execute_request", {
    ...{ code, silent: false, store_history: true, user_expressions: {} },
    ...{ allow_stdin: true, stop_on_error: true },
  });

describe("VS Code's Jupyter extension", () => {
  it("hears the kernel on both channels and on iopub", async () => {
    const control = socket.send("control", "kernel_info_request");
    const shell = socket.send("shell", "kernel_info_request");
    expect((await socket.reply(control, "control")).content).toMatchObject({ status: "ok" });
    expect((await socket.reply(shell)).content).toMatchObject({
      language_info: { name: "typescript", mimetype: "text/typescript", file_extension: ".ts" },
    });
    await socket.until(({ channel }) => channel === "iopub", "message on iopub");
  });

  it("runs a cell that imports the library, far from where that is installed", async () => {
    const id = execute(`import { environments } from "agentic-rl-lab"; [process.cwd(), typeof environments]`);
    expect((await socket.reply(id)).content).toMatchObject({ status: "ok" });
    const isResult = (message: Message) =>
      message.parent.msg_id === id && message.header.msg_type === "execute_result";
    const { content } = await socket.until(isResult, "result");
    expect((content.data as Json)["text/plain"]).toMatch(/^\[ '\/', '(function|object)' \]$/);
  });

  it("answers a question of the kernel", async () => {
    const id = execute(`await input("Name? ")`);
    const question = await socket.until(({ channel }) => channel === "stdin", "question");
    expect(question.content).toMatchObject({ prompt: "Name? " });
    socket.send("stdin", "input_reply", { status: "ok", value: "Ada" }, question.header);
    expect((await socket.reply(id)).content).toMatchObject({ status: "ok" });
  });

  it("interrupts a loop by a message, and the kernel goes on", async () => {
    const id = execute("while (true) {}");
    const isBusy = (message: Message) =>
      message.parent.msg_id === id && message.content.execution_state === "busy";
    await socket.until(isBusy, "busy");
    await sleep(300);
    const interrupt = socket.send("control", "interrupt_request");
    expect((await socket.reply(interrupt, "control")).header.msg_type).toBe("interrupt_reply");
    expect((await socket.reply(id)).content).toMatchObject({ status: "error" });
    expect((await socket.reply(execute("1 + 1"))).content).toMatchObject({ status: "ok" });
  });

  // It sends no shutdown_request.
  it("ends the kernel by SIGTERM, and nothing was printed to alarm anybody", async () => {
    child!.kill("SIGTERM");
    await Promise.race([exited, sleep(10_000)]);
    expect(child!.exitCode ?? child!.signalCode).not.toBeNull();
    expect(stderr).toBe("");
  });
});
