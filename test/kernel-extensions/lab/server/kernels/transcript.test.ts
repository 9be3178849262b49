/** The guarantee of outbox.ts, without a kernel: whenever a connection breaks, a cell shows in the end what was said. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CodeCell } from "../../../../../kernel-extensions/client/notebook.js";
import { OutputRecorder } from "../../../../../kernel-extensions/client/outputs.js";
import type { KernelMessage } from "../../../../../kernel-extensions/lab/server/kernels/message.js";
import { Outbox } from "../../../../../kernel-extensions/lab/server/kernels/outbox.js";
import { Transcripts } from "../../../../../kernel-extensions/lab/server/kernels/transcript.js";
import { Voice } from "../../../../../kernel-extensions/lab/server/kernels/voice.js";

const voice = new Voice();
const parent = (id: string): Buffer => Buffer.from(JSON.stringify({ msg_id: id, session: "s" }));
const make = (type: string, content: Record<string, unknown>, parentHeader: Buffer): KernelMessage =>
  voice.say("iopub", type, content, parentHeader);

const cells = ["a", "b"];
const text = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" });
const transient = fc.constantFrom("one", "two").map((display_id) => ({ display_id }));
const data = text.map((plain) => ({ "text/plain": plain }));
const output = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("stream"),
      content: fc.record({ name: fc.constantFrom("stdout", "stderr"), text }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("display_data"),
      content: fc.record({ data, metadata: fc.constant({}), transient }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("update_display_data"),
      content: fc.record({ data, metadata: fc.constant({}), transient }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("clear_output"), content: fc.record({ wait: fc.boolean() }) }),
  },
);
/** What happens: something is said in a cell, the client reads or acknowledges some, or the connection breaks. */
const event = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("say" as const), fc.constantFrom(...cells), output) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("read" as const), fc.integer({ min: 1, max: 4 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("acknowledge" as const)) },
  // Of what is on its way, so much still arrives.
  { weight: 2, arbitrary: fc.tuple(fc.constant("break" as const), fc.integer({ min: 0, max: 4 })) },
);

function view(): { show: (message: KernelMessage) => void; outputs: () => unknown } {
  const recorder = new OutputRecorder();
  const shown = cells.map((id): CodeCell => ({
    cell_type: "code",
    id,
    metadata: {},
    source: "",
    outputs: [],
    execution_count: null,
  }));
  return {
    show: (message) => {
      const cell = shown.find(({ id }) => id === message.parent)!;
      recorder.record(cell, {
        header: { msg_id: message.id, msg_type: message.type },
        parentHeader: {},
        content: message.content,
      });
    },
    outputs: () => {
      recorder.finish(shown);
      return shown.map(({ outputs }) => outputs);
    },
  };
}

describe("outputs", () => {
  it("come once, and in order, through connections that break anywhere", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const [truth, client] = [view(), view()];
        const transcripts = new Transcripts(1e6, voice);
        for (const cell of cells) transcripts.begin(cell, parent(cell));
        const outbox = new Outbox(1e6);
        let wire: KernelMessage[] = []; // Sent, on its way.
        let read = 0; // How many were read on this connection.
        const receive = (count: number): void => {
          for (const message of wire.splice(0, count)) {
            client.show(message);
            read++;
          }
        };
        const send = (): void => {
          for (let message = outbox.next(); message; message = outbox.next()) wire.push(message);
        };
        for (const [kind, ...details] of events) {
          if (kind === "say") {
            const [cell, { type, content }] = details as [
              string,
              { type: string; content: Record<string, unknown> },
            ];
            const message = make(type, content, parent(cell));
            truth.show(message);
            transcripts.record(message);
            outbox.push(message);
            send();
          } else if (kind === "read") receive(details[0] as number);
          else if (kind === "acknowledge") outbox.acknowledge(read);
          else {
            receive(details[0] as number);
            wire = [];
            read = 0;
            outbox.disconnected();
            outbox.resume(transcripts);
            send();
          }
        }
        receive(Infinity);
        expect(client.outputs()).toEqual(truth.outputs());
      }),
      { numRuns: 500 },
    );
  });

  it("that are too many are left out from the start, which is said", () => {
    const transcripts = new Transcripts(20_000, voice);
    const outbox = new Outbox(40_000);
    transcripts.begin("a", parent("a"));
    const texts = Array.from({ length: 1000 }, (_, index) => `${index}\n`);
    const rooms = texts.map((line) => {
      const message = make("stream", { name: "stdout", text: line }, parent("a"));
      transcripts.record(message);
      return outbox.push(message);
    });
    expect(rooms).toContain(false);
    outbox.resume(transcripts);
    const client = view();
    let bytes = 0;
    for (let message = outbox.next(); message; message = outbox.next()) {
      client.show(message);
      bytes += message.bytes;
    }
    expect(bytes).toBeLessThan(25_000);
    const [[notice, rest]] = client.outputs() as [[{ name: string; text: string[] }, { text: string[] }]];
    expect(notice).toMatchObject({
      name: "stderr",
      text: [expect.stringMatching(/the first \d+ KB of it are left out/)],
    });
    expect(rest.text).toEqual(texts.slice(-rest.text.length));
    expect(rest.text.length).toBeGreaterThan(50);
  });
});
