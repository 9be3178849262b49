import { describe, expect, it } from "vitest";
import { Output } from "../../../../kernel-extensions/kernel/session/output.js";

interface Sent {
  type: string;
  parent: string;
  content: { name?: string; text?: string };
}

function setUp(limit = 1000) {
  const sent: Sent[] = [];
  const clock = { now: 0 };
  const output = new Output(
    {
      waitForRoom: () => undefined,
      publish: (type, parent, content) =>
        sent.push({ type, parent, content: JSON.parse(content) as Sent["content"] }),
    },
    limit,
    () => clock.now,
  );
  const texts = (): string[] => sent.map(({ content }) => content.text ?? "");
  return { output, sent, clock, texts };
}

describe("Output", () => {
  it("hands a print over at once: the cell may block right after it", () => {
    const { output, sent } = setUp();
    output.begin("p", false);
    output.write("stdout", "a\n");
    output.write("stdout", "b\n");
    expect(sent).toEqual(
      ["a\n", "b\n"].map((text) => ({ type: "stream", parent: "p", content: { name: "stdout", text } })),
    );
    output.end();
    expect(sent).toHaveLength(2);
  });

  it("gathers what a loop prints without end: into 16 KB, or 25 ms", () => {
    const { output, texts, clock } = setUp(1e6);
    output.begin("p", false);
    for (let i = 0; i < 64; i++) output.write("stdout", "x");
    expect(texts()).toHaveLength(64);
    output.write("stdout", "y".repeat(1000));
    expect(texts()).toHaveLength(64);
    output.write("stdout", "y".repeat(16 * 1024));
    expect(texts()).toHaveLength(65);
    output.write("stdout", "y");
    clock.now += 25;
    output.write("stdout", "z");
    expect(texts().slice(65)).toEqual(["yz"]);
  });

  it("sends what it gathered from the event loop when the cell waits", async () => {
    const { output, texts } = setUp();
    output.begin("p", false);
    for (let i = 0; i < 70; i++) output.write("stdout", "a");
    await new Promise((resolve) => setImmediate(resolve));
    expect(texts()).toHaveLength(65);
    expect(texts().join("")).toBe("a".repeat(70));
  });

  it("keeps the order of streams and other messages", () => {
    const { output, sent } = setUp();
    output.begin("p", false);
    output.write("stdout", "1");
    output.write("stderr", "2");
    output.send("display_data", { data: {} });
    output.write("stdout", "3");
    output.end();
    expect(sent.map(({ type, content }) => content.text ?? type)).toEqual(["1", "2", "display_data", "3"]);
  });

  it("sends nothing when the content is no JSON", () => {
    const { output, sent } = setUp();
    output.begin("p", false);
    expect(() => {
      output.send("display_data", { n: 1n });
    }).toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it("drops a silent cell's output; later output belongs to the last cell that was shown", () => {
    const { output, sent } = setUp();
    output.begin("first", false);
    output.end();
    output.begin("second", true);
    output.write("stdout", "lost");
    output.send("display_data", {});
    output.end();
    output.write("stdout", "late");
    output.flush();
    expect(sent.map(({ parent, content }) => [parent, content.text])).toEqual([["first", "late"]]);
  });

  it("cuts what a cell prints beyond the limit, anew for each cell", () => {
    const { output, texts, sent } = setUp(10);
    output.begin("p", false);
    for (let i = 0; i < 100; i++) output.write("stdout", "abc");
    output.end();
    expect(texts().slice(0, -1).join("")).toBe("abcabcabca");
    expect(sent.map(({ content }) => content.name)).toEqual([...Array<string>(4).fill("stdout"), "stderr"]);
    output.begin("q", false);
    output.write("stdout", "again");
    output.end();
    expect(texts().at(-1)).toBe("again");
  });
});
