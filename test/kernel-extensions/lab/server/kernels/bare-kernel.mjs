/**
 * A kernel that has nothing but the protocol, as the simplest ones out there: no iopub_welcome, one request at a time,
 * interrupted by a signal. Its "code" is JSON: `{"print": lines, "everyMs": pause}`, `{"ask": prompt}`, `{"cwd": true}`,
 * `{"exit": code}`.
 * Usage: node bare-kernel.mjs CONNECTION_FILE [MILLISECONDS_BEFORE_IT_LISTENS]
 */
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { Publisher, Router } from "zeromq";

const connection = JSON.parse(readFileSync(process.argv[2], "utf8"));
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref(); // Nobody is left who would end it.
await delay(Number(process.argv[3] ?? 0));

const session = randomUUID();
const shell = new Router();
const control = new Router();
const stdin = new Router();
const iopub = new Publisher({ sendHighWaterMark: 0 });
for (const [name, socket] of Object.entries({ shell, control, stdin, iopub })) {
  await socket.bind(`tcp://${connection.ip}:${connection[`${name}_port`]}`);
}

let interrupted = false;
process.on("SIGINT", () => (interrupted = true));

function frames(identities, parent, type, content) {
  const header = {
    msg_id: randomUUID(),
    session,
    username: "",
    date: new Date().toISOString(),
    msg_type: type,
    version: "5.3",
  };
  const parts = [header, parent, {}, content].map((part) => JSON.stringify(part));
  const hmac = createHmac("sha256", connection.key);
  for (const part of parts) hmac.update(part);
  return [...identities, "<IDS|MSG>", hmac.digest("hex"), ...parts];
}

function parse(received) {
  const at = received.findIndex((frame) => frame.toString() === "<IDS|MSG>");
  const [header, , , content] = received.slice(at + 2).map((frame) => JSON.parse(frame.toString()));
  return { identities: received.slice(0, at), header, content };
}

const publish = (parent, type, content) => iopub.send(frames(["bare"], parent, type, content));
const status = (parent, execution_state) => publish(parent, "status", { execution_state });

let count = 0;
async function execute({ identities, header, content }) {
  interrupted = false;
  const { print = 0, everyMs = 0, ask, cwd, exit } = JSON.parse(content.code);
  await publish(header, "execute_input", { code: content.code, execution_count: ++count });
  for (let line = 0; line < print && !interrupted; line++) {
    await publish(header, "stream", { name: "stdout", text: `${line}\n` });
    if (everyMs > 0) await delay(everyMs);
  }
  if (cwd) await publish(header, "stream", { name: "stdout", text: process.cwd() });
  if (ask !== undefined) {
    await stdin.send(frames(identities, header, "input_request", { prompt: ask, password: false }));
    const { content: answer } = parse(await stdin.receive());
    await publish(header, "stream", { name: "stdout", text: `${answer.value}\n` });
  }
  if (exit !== undefined) {
    process.stderr.write("going down\n");
    process.exit(exit);
  }
  return interrupted
    ? { status: "error", ename: "Interrupted", evalue: "", traceback: [], execution_count: count }
    : { status: "ok", execution_count: count };
}

async function serve(socket) {
  for await (const received of socket) {
    const request = parse(received);
    const { identities, header } = request;
    const type = header.msg_type;
    await status(header, "busy");
    const content =
      type === "execute_request"
        ? await execute(request)
        : { status: "ok", protocol_version: "5.3", language_info: {} };
    await socket.send(frames(identities, header, type.replace("_request", "_reply"), content));
    await status(header, "idle");
    if (type === "shutdown_request") process.exit(0);
  }
}
void serve(control);
await serve(shell);
