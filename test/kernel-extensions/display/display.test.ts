import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  display,
  displaySymbol,
  figure,
  flushDisplays,
  html,
  image,
  latex,
  markdown,
  table,
  type MimeBundle,
  type SyncDisplayable,
} from "../../../kernel-extensions/display/index.js";
import { enterKernel, leaveKernel, listen, type FakeKernel } from "./harness.js";

let kernel: FakeKernel;
beforeEach(() => {
  vi.useFakeTimers();
  kernel = enterKernel();
});
afterEach(() => {
  void flushDisplays();
  vi.useRealTimers();
  vi.restoreAllMocks();
  leaveKernel();
});

const shown = (): unknown[] => kernel.messages.map((message) => message.data["text/plain"]);

it.each<[string, SyncDisplayable]>([
  ["a table", table([{ a: 1, b: "x" }], { caption: "C" })],
  ["HTML", html("<b>bold</b> and <i>not</i>")],
  ["Markdown", markdown("**bold**")],
  ["a formula", latex("x^2")],
  ["a figure", figure({ data: [{ y: [1, 2] }], layout: { title: { text: "T" } } }, { alt: "alt" })],
  ["a picture", image("<svg/>", { alt: "a square" })],
  ["a picture without words", image("<svg/>")],
])("console.log prints the text of %s", (_, value) => {
  expect(inspect(value)).toBe(value[displaySymbol]()["text/plain"]);
});

describe("what display shows", () => {
  it.each<[string, unknown, string[]]>([
    ["a MIME bundle", { "text/html": "<b>x</b>", "image/svg+xml": "<svg/>" }, ["text/html", "image/svg+xml"]],
    ["a displayable", html("<b>x</b>"), ["text/html", "text/plain"]],
    ["a table", table([[1]]), ["text/html", "text/plain"]],
    ["records", [{ a: 1 }, { b: 2 }], ["text/html", "text/plain"]],
    ["a frame", { columns: ["a"], values: [[1]], index: [0] }, ["text/html", "text/plain"]],
    ["a figure", { data: [], layout: {} }, ["application/vnd.plotly.v1+json", "text/plain"]],
    ["a number", 42, ["text/plain"]],
    ["nothing", undefined, ["text/plain"]],
    ["an array of numbers", [1, 2], ["text/plain"]],
    ["an empty array", [], ["text/plain"]],
    ["a list of displayables", [html("x"), html("y")], ["text/plain"]],
  ])("%s", (_, value, types) => {
    display(value);
    expect(kernel.messages).toHaveLength(1);
    expect(Object.keys(kernel.messages[0]!.data)).toEqual(types);
  });

  it("strings as they are, other values inspected", () => {
    display("two\nlines");
    display({ a: "x" });
    expect(shown()).toEqual(["two\nlines", "{ a: 'x' }"]);
  });

  it("does not take a record of metrics for a MIME bundle", () => {
    for (const record of [
      { "rollout/success": 0.5 },
      { "time/sample_ms": 1, "text/plain": "x" },
      { "text/": "x" },
      {},
    ]) {
      display(record);
      expect(Object.keys(kernel.messages.at(-1)!.data)).toEqual(["text/plain"]);
      expect(kernel.last()).toMatch(/^\{/);
    }
    class Custom {
      "text/html" = "<b>";
    }
    display(new Custom());
    expect(kernel.last()).toContain("Custom");
  });

  it("an object's own bundle, with its figure made JSON", () => {
    const own: MimeBundle = {
      "application/vnd.plotly.v1+json": { data: [{ y: new Float32Array([1, NaN]) }], layout: {} },
      "text/plain": "own",
    };
    display({ data: [], layout: {}, [displaySymbol]: () => own });
    expect(kernel.last("application/vnd.plotly.v1+json")).toEqual({ data: [{ y: [1, null] }], layout: {} });
    expect(() => display({ [displaySymbol]: () => "text" })).toThrow("must return a MIME bundle");
  });

  it("passes metadata and the id on", () => {
    display("x", { metadata: { a: 1 }, displayId: "here" });
    display("y", { displayId: "here", update: true });
    expect(kernel.messages.map(({ options }) => options)).toEqual([
      { metadata: { a: 1 }, displayId: "here", update: false },
      { displayId: "here", update: true },
    ]);
  });

  it("a handle shows nothing of its own", () => {
    const handle = display("x") as unknown as { [displaySymbol](): MimeBundle };
    expect(handle[displaySymbol]()).toEqual({});
  });
});

describe("updates", () => {
  it("replace the output under its id", () => {
    const handle = display(1);
    vi.advanceTimersByTime(100);
    handle.update(2);
    expect(shown()).toEqual(["1", "2"]);
    expect(kernel.messages[1]!.options).toEqual({ displayId: handle.id, update: true });
    expect(kernel.messages[0]!.options.displayId).toBe(handle.id);
  });

  it("of a loop that returns to the event loop come ten times a second, and the last one arrives", () => {
    const handle = display(0);
    for (let i = 1; i <= 100_000; i++) {
      handle.update(i);
      if (i % 100 === 0) vi.advanceTimersByTime(5); // 5 s in all
    }
    expect(kernel.messages.length).toBeGreaterThan(40);
    expect(kernel.messages.length).toBeLessThanOrEqual(52);
    vi.advanceTimersByTime(100);
    expect(kernel.last()).toBe("100000");
    const sent = kernel.messages.length;
    vi.advanceTimersByTime(10_000);
    expect(kernel.messages).toHaveLength(sent);
  });

  it("of a loop that blocks go by the clock", () => {
    const handle = display(0);
    let now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => now);
    for (let i = 1; i <= 100_000; i++) {
      now += 0.01; // 1 s in all, no timer ever runs
      handle.update(i);
    }
    expect(kernel.messages.length).toBeGreaterThanOrEqual(10);
    expect(kernel.messages.length).toBeLessThanOrEqual(12);
    void handle.flush();
    expect(kernel.last()).toBe("100000");
  });

  it("take a fifth of the time at most when they are slow to make", () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    let made = 0;
    const slow = {
      [displaySymbol]: () => {
        made++;
        now += 500;
        return {};
      },
    };
    const handle = display(slow);
    for (let i = 0; i < 10_000; i++) {
      now += 1;
      handle.update(slow);
    }
    expect(made).toBeLessThanOrEqual(6);
    expect(made).toBeGreaterThanOrEqual(5);
  });

  it("are made only when they are sent", () => {
    const convert = vi.fn(() => ({ "text/plain": "x" }));
    const handle = display({ [displaySymbol]: convert });
    for (let i = 0; i < 1000; i++) handle.update({ [displaySymbol]: convert });
    expect(convert).toHaveBeenCalledTimes(1);
  });

  it("go at once with flush, and with flushDisplays for all", async () => {
    const [a, b] = [display("a"), display("b")];
    a.update("a2");
    b.update("b2");
    await a.flush();
    expect(shown()).toEqual(["a", "b", "a2"]);
    void flushDisplays(); // synchronously
    expect(shown()).toEqual(["a", "b", "a2", "b2"]);
    await a.flush();
    expect(shown()).toHaveLength(4);
  });

  it("end with close", async () => {
    const handle = display("a");
    handle.update("b");
    await handle.close();
    expect(shown()).toEqual(["a", "b"]);
    expect(() => handle.update("c")).toThrow("closed");
    await handle.close();
  });

  it("are sent when the cell is interrupted, though its timers be gone", () => {
    const handle = display("a");
    handle.update("b");
    vi.clearAllTimers();
    kernel.controller.abort();
    expect(shown()).toEqual(["a", "b"]);
  });

  it("are sent when the cell ends, before its result", () => {
    const handle = display("first");
    for (let i = 0; i < 1000; i++) handle.update(`update ${i}`);
    expect(shown().at(-1)).not.toBe("update 999");
    kernel.endCell();
    expect(shown().at(-1)).toBe("update 999");
  });

  it("live figures", () => {
    const live = display(figure({ data: [{ y: [1] }] }));
    vi.advanceTimersByTime(100);
    live.update(figure({ data: [{ y: [1, 2] }] }));
    expect(kernel.last("application/vnd.plotly.v1+json")).toMatchObject({ data: [{ y: [1, 2] }] });
  });

  it("that cannot be shown throw at once, or are reported when nobody is there to catch", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const bad = { [displaySymbol]: () => null };
    const handle = display("a");
    vi.advanceTimersByTime(100);
    expect(() => handle.update(bad)).toThrow(TypeError);
    handle.update(bad);
    await vi.advanceTimersByTimeAsync(100);
    expect(error).toHaveBeenCalledTimes(1);
    handle.update(bad);
    await expect(handle.flush()).rejects.toThrow(TypeError);
    await vi.advanceTimersByTimeAsync(100);
    handle.update("good");
    expect(kernel.last()).toBe("good");
  });
});

describe("values that take time", () => {
  const later = (text: string, ms: number) => ({
    [displaySymbol]: () =>
      new Promise<MimeBundle>((resolve) => setTimeout(resolve, ms, { "text/plain": text })),
  });

  it("give a promise of the handle, which is a handle already", async () => {
    const shownLater = display(later("a", 50));
    expect(shown()).toEqual([]);
    expect(shownLater.id).toEqual(expect.any(String));
    await vi.advanceTimersByTimeAsync(50);
    const handle = await shownLater;
    expect(shown()).toEqual(["a"]);
    expect(handle.id).toBe(shownLater.id);
  });

  it("keep their order, one at a time, the latest winning", async () => {
    const handle = await Promise.race([
      display(later("a", 0)),
      vi.advanceTimersByTimeAsync(0).then(() => undefined!),
    ]);
    const live = handle ?? display("a");
    await vi.advanceTimersByTimeAsync(100);
    live.update(later("slow", 1000));
    for (let i = 0; i < 100; i++) live.update(later(`fast ${i}`, 1));
    await vi.advanceTimersByTimeAsync(2000);
    expect(shown().slice(-2)).toEqual(["slow", "fast 99"]);
  });

  it("are waited for by flush", async () => {
    const live = display("a");
    vi.advanceTimersByTime(100);
    live.update(later("b", 300));
    live.update("c");
    const flushed = Promise.all([live.flush(), live.flush()]);
    await vi.advanceTimersByTimeAsync(299);
    expect(shown()).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1);
    await flushed;
    expect(shown()).toEqual(["a", "b", "c"]);
  });

  it("reject when they cannot be shown", async () => {
    await expect(display({ [displaySymbol]: () => Promise.resolve(5 as never) })).rejects.toThrow(TypeError);
  });
});

describe("outside a kernel", () => {
  beforeEach(leaveKernel);

  it("prints text to stdout", () => {
    const out = listen("stdout");
    display("x\n");
    display(html("<p>a</p><p>b</p>"));
    display({ "image/png": "AAAA" });
    display({ "text/markdown": ["*a*\n", "b"] });
    display([{ a: 1 }]);
    display({});
    expect(out.text()).toBe("x\na\nb\n[image/png]\n*a*\nb\na\n─\n1\n{}\n");
  });

  it("prints updates sparsely, repeats none, and prints the last as the process exits", async () => {
    vi.resetModules();
    let exit: (() => void) | undefined;
    vi.spyOn(process, "on").mockImplementation((event, listener) => {
      if (event === "exit") exit = listener as () => void;
      return process;
    });
    const fresh = await import("../../../kernel-extensions/display/index.js");
    const out = listen("stdout");
    const live = fresh.display("start");
    for (let i = 1; i <= 1000; i++) {
      live.update(`step ${Math.min(i, 900)}`);
      vi.advanceTimersByTime(10); // 10 s in all
    }
    const lines = out.text().split("\n");
    expect(lines.length).toBeLessThanOrEqual(7);
    live.update("end");
    exit!();
    expect(out.text()).toMatch(/step 900\nend\n$/);
  });

  it("leaves no timer that keeps the process alive", () => {
    vi.useRealTimers();
    listen("stdout");
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const live = display("a");
    live.update("b");
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBe(before);
    void live.close();
  });
});
