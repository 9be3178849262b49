import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../../kernel-extensions/client/message.js";
import type { CodeCell } from "../../../kernel-extensions/client/notebook.js";
import { OutputRecorder, overwrite } from "../../../kernel-extensions/client/outputs.js";

function codeCell(): CodeCell {
  return { cell_type: "code", source: "", metadata: {}, outputs: [], execution_count: null };
}

type Sent = [type: string, content: Record<string, unknown>];

function message([msg_type, content]: Sent): Message {
  return { header: { msg_id: "id", msg_type }, parentHeader: {}, content };
}

/** Records messages into one cell. */
function outputsOf(...messages: Sent[]) {
  const cell = codeCell();
  const recorder = new OutputRecorder();
  for (const sent of messages) recorder.record(cell, message(sent));
  recorder.finish([cell]);
  return cell.outputs;
}

const stream = (text: string, name = "stdout"): Sent => ["stream", { name, text }];
const display = (text: string, display_id?: string): Sent => [
  "display_data",
  { data: { "text/plain": text }, metadata: {}, transient: display_id === undefined ? {} : { display_id } },
];
const update = (text: string, display_id: string): Sent => [
  "update_display_data",
  { data: { "text/plain": text }, metadata: { new: true }, transient: { display_id } },
];
const clear = (wait: boolean): Sent => ["clear_output", { wait }];

const plain = (text: string) => ({
  data: { "text/plain": [text] },
  metadata: {},
  output_type: "display_data",
});

describe("streams", () => {
  it("are merged while they are the same, and split into lines", () => {
    expect(outputsOf(stream("a"), stream("b\nc"), stream("d\n"), stream("e", "stderr"), stream("f"))).toEqual(
      [
        { name: "stdout", output_type: "stream", text: ["ab\n", "cd\n"] },
        { name: "stderr", output_type: "stream", text: ["e"] },
        { name: "stdout", output_type: "stream", text: ["f"] },
      ],
    );
  });

  it("are not merged across another output", () => {
    expect(outputsOf(stream("a"), display("x"), stream("b"))).toHaveLength(3);
  });

  it("keep what a terminal would show", () => {
    expect(overwrite("10%\r20%\r30%\n")).toBe("30%\n");
    expect(overwrite("first\n10%\r20%\r")).toBe("first\n20%\r");
    expect(overwrite("windows\r\nlines\r\n")).toBe("windows\nlines\n");
    expect(overwrite("abc\b\bX")).toBe("aX");
    expect(outputsOf(stream("10%\r"), stream("20%\n"))).toMatchObject([{ text: ["20%\n"] }]);
  });

  it("give back the text they were given, however it was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "\n", " ", "é", "🦊") })), (pieces) => {
        const outputs = outputsOf(...pieces.map((piece) => stream(piece)));
        const text = outputs.map((output) => (output as { text: string[] }).text.join("")).join("");
        return text === pieces.join("");
      }),
    );
  });
});

describe("displays", () => {
  it("are updated wherever their id was shown, also in earlier cells", () => {
    const recorder = new OutputRecorder();
    const [first, second] = [codeCell(), codeCell()];
    recorder.record(first, message(display("old", "d")));
    recorder.record(first, message(display("other", "e")));
    recorder.record(second, message(update("new", "d")));
    expect(first.outputs).toEqual([{ ...plain("new"), metadata: { new: true } }, plain("other")]);
    expect(second.outputs).toEqual([]);
  });

  it("of the same id show the same", () => {
    expect(outputsOf(display("old", "d"), display("new", "d"))).toEqual([plain("new"), plain("new")]);
  });

  it("ignore an update for an id that is not shown", () => {
    expect(outputsOf(update("new", "d"))).toEqual([]);
    expect(outputsOf(display("old", "d"), clear(false), update("new", "d"))).toEqual([]);
  });

  it("hold text as lines, and everything else as it came", () => {
    const data = {
      "text/html": "<b>\n</b>",
      "image/svg+xml": "<svg>\n</svg>",
      "image/png": "aGVsbG8=\n",
      "application/json": { text: "a\nb" },
      "application/vnd.plotly.v1+json": { data: [] },
    };
    const [output] = outputsOf(["execute_result", { data, metadata: { a: 1 }, execution_count: 3 }]);
    expect(output).toEqual({
      data: { ...data, "text/html": ["<b>\n", "</b>"], "image/svg+xml": ["<svg>\n", "</svg>"] },
      execution_count: 3,
      metadata: { a: 1 },
      output_type: "execute_result",
    });
  });
});

describe("clear_output", () => {
  it("clears at once", () => {
    expect(outputsOf(stream("a"), clear(false))).toEqual([]);
  });

  it("waits for the next output when asked to", () => {
    expect(outputsOf(stream("a"), clear(true))).toHaveLength(1);
    expect(outputsOf(stream("a"), clear(true), stream("b"))).toMatchObject([{ text: ["b"] }]);
    expect(outputsOf(display("a"), clear(true), clear(true), display("b"))).toEqual([plain("b")]);
  });

  it("does not wait any longer once something cleared", () => {
    expect(outputsOf(clear(true), clear(false), stream("a"), stream("b"))).toMatchObject([{ text: ["ab"] }]);
  });
});

it("records errors and execution counts", () => {
  const cell = codeCell();
  const recorder = new OutputRecorder();
  recorder.record(cell, message(["execute_input", { code: "", execution_count: 7 }]));
  recorder.record(cell, message(["error", { ename: "E", evalue: "v", traceback: ["t"] }]));
  expect(cell).toMatchObject({
    execution_count: 7,
    outputs: [{ ename: "E", evalue: "v", output_type: "error", traceback: ["t"] }],
  });
});
