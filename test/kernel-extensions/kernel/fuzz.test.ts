/**
 * Ten thousand damaged messages over real sockets: the kernel must neither crash nor hang, and later cells
 * must run. Seeded, so that a failure can be repeated.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { Dealer, Subscriber } from "zeromq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newConnection, writeConnectionFile } from "../../../kernel-extensions/client/connection.js";
import { endpoint, parseConnection } from "../../../kernel-extensions/kernel/protocol/connection.js";
import {
  HeaderFactory,
  Signer,
  encodeMessage,
  parseMessage,
} from "../../../kernel-extensions/kernel/protocol/message.js";
import { kernelMain } from "../../support/kernelspec.js";

const messages = 10_000;
const seed = 20_240_607;

const types = [
  "execute_request",
  "inspect_request",
  "complete_request",
  "is_complete_request",
  "history_request",
  "comm_info_request",
  "comm_open",
  "comm_msg",
  "comm_close",
  "kernel_info_request",
  "interrupt_request",
  "input_reply",
  "no_such_request",
  "",
] as const;

/** Contents of which most are wrong somewhere. No cell can block: what could loop does not compile. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    1e99,
    0.5,
    "",
    "1 + 1",
    "let",
    "`",
    "a?",
    "\0",
    "\ud800",
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const field = fc.constantFrom(
  ..."code silent store_history user_expressions allow_stdin stop_on_error cursor_pos detail_level".split(
    " ",
  ),
  ..."hist_access_type output raw session start stop n pattern unique comm_id target_name data value".split(
    " ",
  ),
);
const content = fc.oneof(
  fc.dictionary(field, value, { maxKeys: 6 }).map((fields) => JSON.stringify(fields)),
  fc.constantFrom("null", "[]", "3", "", "{", '"text"', '{"code":', "[".repeat(5000)),
  fc.string(),
);

/** What to do to a well-formed message's frames. */
const damage = fc.oneof(
  { weight: 4, arbitrary: fc.constant("none" as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("signature", "delimiter", "truncate", "duplicate", "flip", "junk"),
  },
);

const attack = fc.record({
  channel: fc.constantFrom("shell" as const, "control" as const, "stdin" as const),
  type: fc.constantFrom(...types),
  content,
  parent: fc.oneof(fc.constant("{}"), content),
  metadata: fc.oneof(fc.constant("{}"), content),
  header: fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: content }),
  buffers: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 }),
  damage,
  random: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 }),
  at: fc.nat(),
});
type Attack = typeof attack extends fc.Arbitrary<infer T> ? T : never;

function framesOf(attack: Attack, headers: HeaderFactory, signer: Signer): Uint8Array[] {
  const { type, parent, metadata, buffers, at, random } = attack;
  if (attack.damage === "junk") return random;
  let frames: Uint8Array[];
  if (attack.header === undefined) {
    const header = headers.make(type);
    const message = {
      identities: [],
      header,
      parentHeader: parent,
      metadata,
      content: attack.content,
      buffers,
    };
    frames = encodeMessage(message, signer).map((frame) => Buffer.from(frame as string));
  } else {
    const parts = [attack.header, parent, metadata, attack.content];
    frames = ["<IDS|MSG>", signer.sign(parts), ...parts].map((frame) => Buffer.from(frame));
  }
  switch (attack.damage) {
    case "signature":
      return frames.with(1, random[0]!);
    case "delimiter":
      return frames.slice(1);
    case "truncate":
      return frames.slice(0, 1 + (at % (frames.length - 1)));
    case "duplicate":
      return [...frames, ...frames];
    case "flip": {
      const flipped = frames.map((frame) => Buffer.from(frame));
      const frame = flipped[at % flipped.length]!;
      if (frame.length > 0) frame[at % frame.length]! ^= 1 << (at % 8);
      return flipped;
    }
    default:
      return frames;
  }
}

describe("a kernel under fire", () => {
  let kernel: ChildProcess;
  let log = "";
  let signer: Signer;
  let removeFile: () => Promise<void>;
  const headers = new HeaderFactory("attacker");
  const routingId = randomUUID();
  const sockets = {
    shell: new Dealer({ routingId, linger: 0 }),
    control: new Dealer({ routingId, linger: 0 }),
    stdin: new Dealer({ routingId, linger: 0 }),
  };
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  /** Who waits for the reply to which message. */
  const waiting = new Map<string, (content: Record<string, unknown>) => void>();
  let received = 0;

  beforeAll(async () => {
    const info = await newConnection("fuzzed");
    const file = await writeConnectionFile(info);
    removeFile = file.remove;
    const connection = parseConnection(JSON.stringify(info));
    signer = new Signer(info.key);
    kernel = spawn(process.execPath, [kernelMain, file.path], { stdio: ["ignore", "ignore", "pipe"] });
    kernel.stderr!.on("data", (chunk: Buffer) => (log += chunk.toString()));
    for (const channel of ["shell", "control", "stdin"] as const)
      sockets[channel].connect(endpoint(connection, channel));
    iopub.connect(endpoint(connection, "iopub"));
    iopub.subscribe("");
    void (async () => {
      for await (const frames of iopub) received += Math.sign(frames.length);
    })();
    for (const channel of ["shell", "control"] as const) {
      void (async () => {
        for await (const frames of sockets[channel]) {
          const reply = parseMessage(frames, signer);
          const parent = JSON.parse(reply.parentHeaderJson) as { msg_id?: string } | null;
          waiting.get(parent?.msg_id ?? "")?.(JSON.parse(reply.contentJson) as Record<string, unknown>);
        }
      })();
    }
  });

  afterAll(async () => {
    kernel.kill("SIGKILL");
    for (const socket of [...Object.values(sockets), iopub]) socket.close();
    await removeFile();
  });

  /** A well-formed request and its reply. */
  async function ask(type: string, content: unknown): Promise<Record<string, unknown>> {
    const header = headers.make(type);
    const reply = new Promise<Record<string, unknown>>((resolve, reject) => {
      waiting.set(header.msg_id, resolve);
      setTimeout(() => {
        reject(new Error(`no reply to ${type}; the kernel's stderr:\n${log.slice(-2000)}`));
      }, 30_000).unref();
    });
    const message = {
      identities: [],
      header,
      parentHeader: "{}",
      metadata: "{}",
      content: JSON.stringify(content),
    };
    await sockets.shell.send(encodeMessage(message, signer));
    return reply;
  }

  it(`survives ${messages} damaged messages`, { timeout: 240_000 }, async () => {
    expect((await ask("kernel_info_request", {})).status).toBe("ok");
    for (const [index, shot] of fc.sample(attack, { numRuns: messages, seed }).entries()) {
      await sockets[shot.channel].send(framesOf(shot, headers, signer));
      if (index % 500 !== 499) continue;
      // All that was sent has been dealt with when this one is answered.
      const { status, ...reply } = await ask("execute_request", { code: `${index} + 1`, allow_stdin: false });
      // Queued behind a failing cell, or hit by an interrupt among the messages: it may have to be sent again.
      if (status !== "ok") {
        const again = await ask("execute_request", { code: `${index} + 1`, allow_stdin: false });
        expect([status, again.status], JSON.stringify(reply)).toEqual([expect.any(String), "ok"]);
      }
    }
    expect(kernel.exitCode).toBeNull();
    const final = await ask("execute_request", { code: "6 * 7", user_expressions: { answer: "6 * 7" } });
    expect(final).toMatchObject({
      status: "ok",
      user_expressions: { answer: { data: { "text/plain": "42" } } },
    });
    expect(received).toBeGreaterThan(messages / 2);
    // Dropped messages are said to be dropped, without flooding the server's log.
    expect(log).toContain("wrong signature");
    expect(log.split("\n").length).toBeLessThan(2000);
  });
});
