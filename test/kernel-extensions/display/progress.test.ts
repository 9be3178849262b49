import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { displaySymbol, progress } from "../../../kernel-extensions/display/index.js";
import {
  duration,
  progressBundle,
  progressText,
  type ProgressState,
} from "../../../kernel-extensions/display/progress-view.js";
import { enterKernel, leaveKernel, listen, type FakeKernel } from "./harness.js";
import { hostile } from "./hostile.js";

let kernel: FakeKernel;
beforeEach(() => {
  vi.useFakeTimers();
  kernel = enterKernel();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  leaveKernel();
});

const state = (over: Partial<ProgressState>): ProgressState => ({
  label: "training",
  unit: "updates",
  total: 200,
  n: 84,
  elapsed: 27_000,
  note: "",
  ended: false,
  ...over,
});

describe("a bar as text", () => {
  it.each<[Partial<ProgressState>, string]>([
    [{}, "training ━━━━────── 42% 84/200 updates, 3.1/s, 37 s left"],
    [{ note: "loss 0.3" }, "training ━━━━────── 42% 84/200 updates, 3.1/s, 37 s left: loss 0.3"],
    [{ label: "", unit: "" }, "━━━━────── 42% 84/200, 3.1/s, 37 s left"],
    [{ n: 0 }, "training ────────── 0% 0/200 updates"],
    [{ n: 200, ended: "done" }, "training ━━━━━━━━━━ 100% 200/200 updates in 27 s"],
    [{ n: 200 }, "training ━━━━━━━━━━ 100% 200/200 updates in 27 s"],
    [{ n: 250 }, "training ━━━━━━━━━━ 100% 250/200 updates in 27 s"],
    [{ ended: "done" }, "training ━━━━────── 42% stopped at 84 of 200 updates after 27 s"],
    [{ n: 199, total: 200, elapsed: 1e6 }, "training ━━━━━━━━━─ 99% 199/200 updates, 0.2/s, 5 s left"],
    [{ n: 1, elapsed: 60_000 }, "training ────────── 0% 1/200 updates, 1/min, 3 h 19 min left"],
    [{ total: undefined }, "training 84 updates, 3.1/s, 27 s"],
    [{ total: undefined, ended: "done" }, "training 84 updates in 27 s"],
    [{ total: undefined, ended: "stopped" }, "training stopped at 84 updates after 27 s"],
    [{ n: 200, ended: "stopped" }, "training ━━━━━━━━━━ 100% stopped at 200 of 200 updates after 27 s"],
    [{ total: 0, n: 0, elapsed: 0, ended: "done" }, "training ━━━━━━━━━━ 100% 0/0 updates in 0.0 s"],
  ])("%j", (over, text) => {
    expect(progressText(state(over))).toBe(text);
  });

  it("tells durations", () => {
    expect([0, 400, 1000, 59_600, 125_000, 3_599_600, 7_260_000].map(duration)).toEqual([
      "0.0 s",
      "0.4 s",
      "1 s",
      "1 min 0 s",
      "2 min 5 s",
      "1 h 0 min",
      "2 h 1 min",
    ]);
  });

  it("is a progress element in HTML, with nothing unescaped", () => {
    expect(progressBundle(state({}))["text/html"]).toMatch(
      /<progress aria-label="training" max="200" value="84" style=/,
    );
    expect(progressBundle(state({ total: undefined }))["text/html"]).not.toContain("<progress");
    fc.assert(
      fc.property(hostile, hostile, hostile, (label, unit, note) => {
        const markup = progressBundle(state({ label, unit, note }))["text/html"] as string;
        const rest = markup.replace(
          /<\/?(?:div|span|progress)(?: (?:style|value|max|aria-label)="[^"<>]*")*>/g,
          "",
        );
        expect(rest).not.toMatch(/[<>]/);
      }),
    );
  });
});

describe("a bar driven by hand", () => {
  it("shows itself, updates in place, ends", () => {
    const bar = progress(4, { label: "work", unit: "steps" });
    expect(kernel.last()).toBe("work ────────── 0% 0/4 steps");
    vi.advanceTimersByTime(1000);
    bar.tick();
    expect(kernel.last()).toBe("work ━━──────── 25% 1/4 steps, 1/s, 3 s left");
    bar.update(3);
    bar.note("nearly");
    bar.done();
    expect(kernel.last()).toBe("work ━━━━━━━─── 75% stopped at 3 of 4 steps after 1 s: nearly");
    const ids = new Set(kernel.messages.map(({ options }) => options.displayId));
    expect(ids.size).toBe(1);
    expect(kernel.messages.map(({ options }) => options.update)).toEqual([false, true, true]);
    bar.tick();
    bar.note("late");
    bar.done();
    vi.advanceTimersByTime(1000);
    expect(kernel.messages).toHaveLength(3);
    expect(bar[displaySymbol]()).toEqual({});
  });

  it("looks finished at its total, without done, and stops its clock", () => {
    const bar = progress(2);
    vi.advanceTimersByTime(2000);
    bar.tick(2);
    vi.advanceTimersByTime(5000);
    bar.note("a last word");
    expect(kernel.last()).toBe("━━━━━━━━━━ 100% 2/2 in 2 s: a last word");
  });

  it("cannot flood", () => {
    const bar = progress(100_000);
    for (let i = 0; i < 100_000; i++) bar.tick();
    expect(kernel.messages).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(kernel.messages).toHaveLength(2);
    expect(kernel.last()).toMatch(/100000\/100000/);
  });

  it("works without a total", () => {
    for (const total of [undefined, Infinity]) {
      const bar = progress(total);
      vi.advanceTimersByTime(1000);
      bar.tick();
      expect(kernel.last()).toBe("1, 1/s, 1 s");
      bar.done();
      expect(kernel.last()).toBe("1 in 1 s");
    }
  });

  it("ends with an interrupted cell, though the code never get there", () => {
    progress(10, { label: "work" }).tick(2);
    kernel.controller.abort();
    expect(kernel.last()).toMatch(/stopped at 2 of 10/);
  });

  it("refuses what cannot be counted", () => {
    expect(() => progress(-1)).toThrow(RangeError);
    expect(() => progress(NaN)).toThrow(RangeError);
    expect(() => progress({} as never)).toThrow(TypeError);
    expect(() => progress(null as never)).toThrow(TypeError);
    expect(() => progress([1], { total: -1 })).toThrow(RangeError);
    const bar = progress(3);
    for (const n of [NaN, -1, Infinity]) expect(() => bar.update(n)).toThrow(RangeError);
  });
});

describe("a loop", () => {
  it("gives every item and ends with the loop", () => {
    expect([...progress(["a", "b"])]).toEqual(["a", "b"]);
    expect(kernel.last()).toMatch(/100% 2\/2 in/);
    expect(kernel.messages).toHaveLength(2);
  });

  it("shows nothing before it runs, and a bar for every run", () => {
    const items = progress(new Set([1, 2, 3]));
    expect(kernel.messages).toHaveLength(0);
    expect([...items, ...items]).toHaveLength(6);
    expect(new Set(kernel.messages.map(({ options }) => options.displayId)).size).toBe(2);
  });

  it("may be empty", () => {
    expect([...progress([])]).toEqual([]);
    expect(kernel.last()).toBe("━━━━━━━━━━ 100% 0/0 in 0.0 s");
    expect([...progress([].values())]).toEqual([]);
    expect(kernel.last()).toBe("0 in 0.0 s");
  });

  it("says where it broke off, and closes what it ran over", () => {
    let closed = false;
    function* source() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for (const i of progress(source(), { total: 10, unit: "items" })) if (i === 3) break;
    expect(kernel.last()).toBe("━━━─────── 30% stopped at 3 of 10 items after 0.0 s");
    expect(closed).toBe(true);
    for (const i of progress(source())) if (i === 3) break;
    expect(kernel.last()).toBe("stopped at 3 after 0.0 s");
    expect(() => {
      for (const i of progress([1, 2, 3])) if (i === 2) throw new Error("mine");
    }).toThrow("mine");
    expect(kernel.last()).toMatch(/stopped at 1 of 3/);
  });

  it("passes a failure of what it runs over on", () => {
    const failing = progress(
      (function* () {
        yield 1;
        throw new Error("theirs");
      })(),
      { total: 5 },
    );
    expect(() => [...failing]).toThrow("theirs");
    expect(kernel.last()).toMatch(/stopped at 1 of 5/);
  });

  it("takes notes", () => {
    const items = progress([1, 2]);
    items.note("before: dropped");
    for (const i of items) items.note(`item ${i}`);
    expect(kernel.last()).toMatch(/: item 2$/);
  });

  it("is asynchronous over what is", async () => {
    async function* source() {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        yield i;
      }
    }
    const seen: number[] = [];
    const run = (async () => {
      const steps = progress(source(), { total: 4 });
      for await (const i of steps) {
        seen.push(i);
        steps.note(`at ${i}`);
      }
    })();
    await vi.advanceTimersByTimeAsync(3000);
    await run;
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(kernel.last()).toBe("━━━━━━━━━━ 100% 4/4 in 2 s: at 3");
    const broken = (async () => {
      for await (const i of progress(source(), { total: 4 })) if (i === 1) break;
    })();
    await vi.advanceTimersByTimeAsync(3000);
    await broken;
    expect(kernel.last()).toMatch(/stopped at 1 of 4/);
  });

  it("cannot flood", () => {
    let sum = 0;
    for (const n of progress(Array<number>(100_000).fill(1))) sum += n;
    expect(sum).toBe(100_000);
    expect(kernel.messages.length).toBeLessThanOrEqual(3);
  });
});

describe("outside a kernel", () => {
  beforeEach(leaveKernel);

  it("rewrites one line on a terminal", () => {
    const err = listen("stderr", true);
    for (const ms of progress([200, 200])) vi.advanceTimersByTime(ms);
    expect(err.text()).toBe(
      "\r\x1b[K────────── 0% 0/2" +
        "\r\x1b[K━━━━━───── 50% 1/2, 5/s, 0.2 s left" +
        "\r\x1b[K━━━━━━━━━━ 100% 2/2 in 0.4 s".repeat(2) +
        "\n",
    );
  });

  it("writes sparse lines elsewhere", () => {
    const err = listen("stderr");
    for (const ms of progress(Array<number>(1000).fill(60))) vi.advanceTimersByTime(ms); // 60 s in all
    const lines = err.text().trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(9);
    expect(lines.at(-1)).toBe("━━━━━━━━━━ 100% 1000/1000 in 1 min 0 s");
  });
});
