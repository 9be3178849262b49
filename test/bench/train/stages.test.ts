import { describe, expect, it } from "vitest";
import type { Row } from "../../../bench/train/contestant.js";
import { grpoStage, introductions, sampleStage, stepStage } from "../../../bench/train/stages.js";

/** A contestant that works in no time: its answer to each command is a JavaScript expression. */
function row(id: string, answers: Record<string, string>, more: Partial<Row> = {}): Row {
  const all: Record<string, string> = {
    hello: `{ device: "nothing", versions: "0" }`,
    open: `(check(message), { parameters: 1 })`,
    "grpo.open": `{}`,
    ...answers,
  };
  const program = `
    const { readFileSync } = require("node:fs");
    let count = 0;
    const repeat = (n, one) => Array.from({ length: n }, one);
    /** What is handed over must be complete: every parameter's values, every token. */
    function check({ parameters, tokens }) {
      const sizes = parameters.shapes.map(([, shape]) => shape.reduce((a, b) => a * b, 1));
      if (readFileSync(parameters.path).length !== 4 * sizes.reduce((a, b) => a + b, 0)) throw new Error("parameters");
      const bytes = readFileSync(tokens.path);
      if (bytes.length !== 4 * tokens.shape.reduce((a, b) => a * b, 1)) throw new Error("tokens");
      if (new Int32Array(bytes.buffer.slice(bytes.byteOffset)).some((id) => id < 0 || id >= 64)) throw new Error("ids");
    }
    const answers = { ${Object.entries(all)
      .map(([name, answer]) => `${JSON.stringify(name)}: (message) => (${answer})`)
      .join(", ")} };
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const message = JSON.parse(line);
      console.log(JSON.stringify(answers[message.command](message)));
    });`;
  return { id, label: id, command: [process.execPath, "-e", program], threads: 1, ...more };
}

const plan = { rounds: 3, patience: 60_000, progress: () => undefined };
const steps = (milliseconds: number, loss: string) => `{
  milliseconds: repeat(message.steps, () => ${milliseconds}),
  losses: repeat(message.steps, () => ${loss}),
  tensors: repeat(message.steps, () => 7),
  programs: 66,
}`;

describe("stepStage", () => {
  it("finds who computes something else, who dies, and who is slow", async () => {
    const results = await stepStage(
      [
        row("reference", { step: steps(100, "4 / ++count") }),
        row("same", { step: steps(50, "4.0001 / ++count") }),
        row("wrong", { step: steps(100, "++count < 15 ? 4 / count : 5 / count") }),
        row("dies", { step: `count++ < 21 ? ${steps(100, "4 / count")} : process.exit(7)` }),
        row("other", { step: steps(100, "9") }, { ownModel: true }),
        row("absent", { hello: `{ error: "not here" }` }),
      ],
      "64x2",
      plan,
    );
    const by = Object.fromEntries(results.map((result) => [result.row.id, result]));
    expect(by["reference"]).toMatchObject({
      rounds: [100, 100, 100],
      flat: true,
      parameters: 1,
      programs: 66,
    });
    expect(by["reference"]!.agreement).toEqual({ steps: 20, difference: 0, agrees: true });
    expect(by["same"]!.agreement).toMatchObject({ steps: 20, agrees: true });
    expect(by["wrong"]!.agreement).toMatchObject({ steps: 20, agrees: false });
    // It survives the 20 compared steps and its first round.
    expect(by["dies"]).toMatchObject({
      rounds: [100],
      problem: expect.stringContaining("exit code 7") as string,
    });
    expect(by["other"]!.agreement).toBeUndefined();
    expect(by["absent"]).toMatchObject({ rounds: [], problem: "not here" });
  });

  it("gives fewer rounds to who would take too long, and small work only to who is hopeless", async () => {
    const slow = row("slow", { step: steps(5000, "4") });
    const hopeless = row("hopeless", { step: steps(1, "4") }, { slow: true });
    const results = await stepStage([slow, hopeless], "128x4", { ...plan, rounds: 9, patience: 20_000 });
    expect(results.map((result) => [result.row.id, result.rounds.length])).toEqual([["slow", 4]]);
  });
});

describe("sampleStage", () => {
  it("reports tokens a second for both numbers of rows", async () => {
    // A second for 32 rows, two for 128.
    const results = await sampleStage(
      [row("it", { sample: `{ milliseconds: message.rows === 32 ? 1000 : 2000 }` })],
      "64x2",
      plan,
    );
    expect(results.map(({ rows, results }) => [rows, results[0]!.rounds])).toEqual([
      [32, [32 * 47, 32 * 47, 32 * 47]],
      [128, [64 * 47, 64 * 47, 64 * 47]],
    ]);
  });
});

describe("grpoStage", () => {
  it("asks for the recipe's update, leaves the first ones out and keeps count of what was learned", async () => {
    const grpo = `{
      milliseconds: repeat(message.updates, () => (++count > 1 ? 10 : 9999)),
      success: repeat(message.updates, (_, i) => (count - message.updates + i) / 100),
      tokens: repeat(message.updates, () => 100),
      trained: repeat(message.updates, () => 60),
    }`;
    const open = `message.environment === "weather" && message.groupSize === 8 && message.prompts === 16
      && message.checkpoint.endsWith("weather.safetensors") ? {} : { error: JSON.stringify(message) }`;
    const rows = [row("it", { "grpo.open": open, grpo }), row("cannot", {}, { lacks: ["grpo"] })];
    const results = await grpoStage(rows, "weather", { ...plan, rounds: 2 });
    expect(results).toHaveLength(1);
    const [result] = results;
    expect(result).toMatchObject({ rounds: [10, 10], tokens: 100, trained: 60 });
    expect(result!.success).toMatchObject({ updates: 80 });
    expect(result!.success!.first).toBeCloseTo(0.02, 9);
    expect(result!.success!.last).toBeCloseTo(0.77, 9);
    // The whole run has the slow first update, and the moment that opening takes.
    expect(result!.run).toBeGreaterThan(9.999 + 79 * 0.01);
    expect(result!.run).toBeLessThan(9.999 + 79 * 0.01 + 1);
  });

  it("has no time of a run that patience cut short", async () => {
    const grpo = `{ milliseconds: repeat(message.updates, () => 1000), success: [], tokens: [], trained: [] }`;
    const [result] = await grpoStage([row("it", { grpo })], "weather", {
      ...plan,
      rounds: 26,
      patience: 9000,
    });
    expect(result!.rounds).toHaveLength(3);
    expect(result!.run).toBeUndefined();
  });
});

describe("introductions", () => {
  it("leaves out who cannot start, and asks the others for their peak", async () => {
    const { present, absent, peaks } = await introductions(
      [
        row("fast", { peak: `{ gigaflops: message.shape[1] }` }),
        row("absent", { hello: `{ error: "unknown engine" }` }),
        row("without", {}, { lacks: ["peak"] }),
      ],
      ["64x2", "256x6"],
      plan,
    );
    expect(present.map(({ row }) => row.id)).toEqual(["fast", "without"]);
    expect(absent).toEqual([{ label: "absent", reason: "unknown engine" }]);
    expect(peaks).toEqual([
      { size: "64x2", gigaflops: { fast: 64 } },
      { size: "256x6", gigaflops: { fast: 256 } },
    ]);
  });
});
