import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  displaySymbol,
  live,
  type LiveStep,
  type LiveTraining,
} from "../../../kernel-extensions/display/index.js";
import { plotlyType } from "../../../kernel-extensions/display/figure.js";
import { train } from "../../../src/training/index.js";
import { enterKernel, leaveKernel, listen, type FakeKernel } from "./harness.js";

let kernel: FakeKernel;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  kernel = enterKernel();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  leaveKernel();
});

/** A second an update. */
const step = (update: number, success: number): LiveStep => ({
  ...{ update, seconds: update },
  metrics: { "rollout/success": success, "loss/policy": -success },
});

/** Counts what was asked of it; throws instead of the update `failsAt`. */
function training(values: readonly number[], failsAt = Infinity): LiveTraining & { closed: boolean } {
  const self = {
    recipe: { updates: values.length },
    closed: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (const [i, value] of values.entries()) {
          vi.advanceTimersByTime(1000);
          if (i + 1 === failsAt) throw new Error("it broke");
          yield await Promise.resolve(step(i + 1, value));
        }
      } finally {
        self.closed = true;
      }
    },
  };
  return self;
}

interface Plot {
  data: { name: string; y: number[]; x: number[] }[];
  layout: { title: { text: string }; xaxis: { range: number[] }; shapes?: { y0: number }[] };
}
const plots = () =>
  kernel.messages.flatMap(({ data, options }) =>
    plotlyType in data ? [{ plot: data[plotlyType] as Plot, options }] : [],
  );

describe("a live learning curve", () => {
  it("grows in place, in a frame that is as wide as the training is long", async () => {
    const curves = live({ agent: training([0.1, 0.4, 0.9, 0.7]) });
    await curves.run();
    const drawn = plots();
    expect(new Set(drawn.map(({ options }) => options.displayId)).size).toBe(1);
    expect(drawn.map(({ options }) => options.update)).toEqual([false, true, true, true, true]);
    expect(drawn.map(({ plot }) => plot.data.at(-1)!.y.length)).toEqual([1, 2, 3, 4, 4]);
    const ranges = drawn.map(({ plot }) => plot.layout.xaxis.range);
    expect(new Set(ranges.map(String)).size).toBe(1);
    expect(drawn.at(-1)!.plot.layout.title.text).toContain("success .10 → .70 in 4 updates");
    expect(curves.runs).toEqual({ agent: [[step(1, 0.1), step(2, 0.4), step(3, 0.9), step(4, 0.7)]] });
    const bar = kernel.messages.filter(({ data }) => String(data["text/plain"]).startsWith("training"));
    expect(bar.at(-1)!.data["text/plain"]).toMatch(/100% 4\/4 updates in 4 s/);
  });

  it("lets trainings take turns, beside runs that are over", async () => {
    const order: string[] = [];
    const before = [step(1, 0.5), step(2, 0.5)];
    const curves = live({
      old: [before],
      grpo: [training([0, 0.2, 0.4]), training([0.1])],
      other: training([1, 1]),
    });
    await curves.run((each, { name, index }) => void order.push(`${name}${index} ${each.update}`));
    expect(order).toEqual(["grpo0 1", "grpo1 1", "other0 1", "grpo0 2", "other0 2", "grpo0 3"]);
    expect(Object.keys(curves.runs)).toEqual(["old", "grpo", "other"]);
    expect(curves.runs["grpo"]!.map((steps) => steps.length)).toEqual([3, 1]);
    // A name is drawn from the moment on that each of its seeds has a step.
    const names = plots().map(({ plot }) => [...new Set(plot.data.map(({ name }) => name))]);
    expect(names[0]).toEqual(["old"]);
    expect(names.at(-1)).toEqual(["old", "grpo", "other"]);
  });

  it("takes what another has recorded", async () => {
    const first = live({ one: training([0.1, 0.2]) });
    await first.run();
    const second = live({ ...first.runs, two: training([0.3]) });
    await second.run();
    expect(second.runs).toEqual({ one: first.runs["one"], two: [[step(1, 0.3)]] });
  });

  it("draws panels of several metrics, references, or a figure of one's own", async () => {
    await live({ a: training([0, 1]) }, { metric: ["rollout/success", "loss/policy"] }).run();
    expect(plots().at(-1)!.plot.data).toHaveLength(2);
    await live({ a: training([0, 1]) }, { references: [{ name: "chance", value: 0.25 }] }).run();
    expect(plots().at(-1)!.plot.layout.shapes![0]!.y0).toBe(0.25);
    await live(
      { a: training([0, 1]) },
      { draw: (runs) => ({ data: [{ y: [runs["a"]![0]!.length] }] }) },
    ).run();
    expect(plots().at(-1)!.plot.data[0]!.y).toEqual([2]);
  });

  it("reports a metric that nobody records, after three updates at the latest", async () => {
    const agent = training([0, 0, 0, 0, 0, 0]);
    await expect(live({ agent }, { metric: "policy/entropi" }).run()).rejects.toThrow(
      'no step has the metric "policy/entropi"',
    );
    expect(agent.closed).toBe(true);
  });
});

describe("a training that ends early", () => {
  it("leaves what was recorded, draws it, closes the others and tells why", async () => {
    const [broken, sound] = [training([0.1, 0.2, 0.3], 3), training([0.5, 0.6, 0.7])];
    const curves = live({ broken, sound });
    await expect(curves.run()).rejects.toThrow("it broke");
    expect([broken.closed, sound.closed]).toEqual([true, true]);
    expect(curves.runs).toEqual({
      broken: [[step(1, 0.1), step(2, 0.2)]],
      sound: [[step(1, 0.5), step(2, 0.6)]],
    });
    expect(plots().at(-1)!.plot.layout.title.text).toContain("after 2 updates");
    const bar = kernel.messages.filter(({ data }) => String(data["text/plain"]).startsWith("training"));
    expect(bar.at(-1)!.data["text/plain"]).toContain("stopped at 4 of 6 updates");
  });

  it("is a real one that the stop button stops: the policy keeps what it learned", async () => {
    vi.useRealTimers();
    const nim = train({ environment: "nim", updates: 50, prompts: 2, groupSize: 2 });
    const curves = live({ nim });
    const running = curves.run(({ update }) => {
      if (update === 2) kernel.controller.abort(new Error("stopped"));
    });
    await expect(running).rejects.toThrow("stopped");
    expect(curves.runs["nim"]![0]!.length).toBe(2);
    expect(nim.policy.vocabulary.words.length).toBeGreaterThan(8);
    nim.policy.dispose();
  });
});

it("prints the figure's text once outside a kernel", async () => {
  leaveKernel();
  listen("stderr");
  const out = listen("stdout");
  await live({ agent: training([0.1, 0.4, 0.9]) }).run();
  expect(out.text().match(/success/g)!.length).toBeGreaterThan(0);
  expect(out.text().match(/in 3 updates/g)).toHaveLength(1);
  expect(out.text()).not.toContain("in 2 updates");
});

it("runs once, and says so before it has run", async () => {
  const curves = live({ agent: training([0.1]) });
  expect(curves[displaySymbol]()["text/plain"]).toContain("await its run()");
  await curves.run();
  expect(curves[displaySymbol]()).toEqual({});
  await expect(curves.run()).rejects.toThrow("make new ones");
});

it("refuses what is no training", () => {
  expect(() => live({})).toThrow("there is no training");
  expect(() => live({ old: [[step(1, 0)]] })).toThrow("there is no training");
  expect(() => live({ wrong: 3 as never })).toThrow('"wrong" must be a training');
});
