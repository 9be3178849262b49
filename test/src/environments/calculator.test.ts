import { describe, expect, it } from "vitest";

import { Calculator } from "../../../src/environments/calculator.js";
import type { StepResult } from "../../../src/environments/environment.js";
import { Random } from "../../../src/random.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { tool: true, callCost: 0.2, easyShare: 0.5, digits: 2 };

/** The terms of `0 3 + 0 4 =`. */
function termsOf(observation: string): [number, number] {
  const [a, b] = observation.replace("=", "").split("+");
  return [Number(a!.replaceAll(" ", "")), Number(b!.replaceAll(" ", ""))];
}
function answer(value: number): string {
  return `<ans> ${[...String(value).padStart(3, "0")].join(" ")}`;
}
/** Knows the easy sums, calls for the others. */
function best(observation: string): string {
  if (observation.startsWith("<obs>")) return `<ans> ${observation.slice(6, -7)}`;
  const [a, b] = termsOf(observation);
  return a < 5 && b < 5 ? answer(a + b) : `<call> ${observation.slice(0, -2)} </call>`;
}

describe("calculator", () => {
  it("adds what it is given, zero-padded, for a price", () => {
    const environment = new Calculator(defaults);
    const { observation } = environment.reset({ seed: 3 });
    expect(observation).toMatch(/^\d \d \+ \d \d =$/);
    expect(environment.step("<call> 5 8 + 7 </call>")).toMatchObject({
      observation: "<obs> 0 6 5 </obs>",
      reward: -0.2,
      terminated: false,
    });
    const [a, b] = termsOf(observation);
    expect(environment.step(answer(a + b))).toMatchObject({ reward: 1, terminated: true });
    environment.reset({ seed: 3 });
    environment.step("<call> 9 9 + 9 9 </call>");
    expect(environment.step(answer(a + b + 1))).toMatchObject({ reward: 0, info: { success: false } });
  });

  it.each(["", "+", "5", "5 +", "5 5 5 + 1", "5 + 5 + 5", "= + 5", "<obs> + 5"])(
    "answers a call of %o with invalid",
    (sum) => {
      const environment = new Calculator(defaults);
      environment.reset({ seed: 3 });
      expect(environment.step(`<call> ${sum} </call>`)).toMatchObject({
        observation: "<obs> invalid </obs>",
        terminated: false,
        reward: -0.2,
      });
    },
  );

  it("takes an answer without its zeros as wrong, a second call as a bad action", async () => {
    const short = new Calculator({ ...defaults, easyShare: 1 });
    const unpadded = (observation: string) => {
      const [a, b] = termsOf(observation);
      return `<ans> ${a + b}`;
    };
    expect(await mean(short, 50, unpadded)).toBe(0);
    expect(await play(new Calculator(defaults), 1, () => "<call> 1 + 1 </call>")).toMatchObject({
      terminated: true,
      return: -0.2,
      info: { bad_format: true, calls: 1 },
    });
    const without = new Calculator({ ...defaults, tool: false });
    expect(await play(without, 1, () => "<call> 1 + 1 </call>")).toMatchObject({ return: 0 });
  });

  it("is best played by calling for hard sums only", async () => {
    const environment = new Calculator(defaults);
    expect(await mean(environment, 500, best)).toBe(1);
    const mostly = await mean(environment, 4000, best, (result) => result.return);
    expect(mostly).toBeGreaterThan(0.89);
    expect(mostly).toBeLessThan(0.91);
    const always = (observation: string) =>
      observation.startsWith("<obs>") ? best(observation) : `<call> ${observation.slice(0, -2)} </call>`;
    expect(await mean(environment, 200, always, (result) => result.return)).toBeCloseTo(0.8);
  });

  it("is at chance for an agent that guesses the likeliest hard sum", async () => {
    // Independently: how often each sum of two numbers from 10 to 99 occurs.
    const count = new Map<number, number>();
    for (let a = 10; a < 100; a++)
      for (let b = 10; b < 100; b++) count.set(a + b, (count.get(a + b) ?? 0) + 1);
    const likeliest = Math.max(...count.values());
    expect(count.get(109)).toBe(likeliest);
    const environment = new Calculator({ ...defaults, tool: false });
    expect(environment.spec.chance).toBeCloseTo(0.5 + (0.5 * likeliest) / 8100, 12);
    const guess = (observation: string) => {
      const [a, b] = termsOf(observation);
      return answer(a < 5 && b < 5 ? a + b : 109);
    };
    const success = await mean(environment, 4000, guess);
    expect(Math.abs(success - environment.spec.chance!)).toBeLessThan(0.025);
  });

  it("counts tool use of easy and of hard sums apart", async () => {
    const environment = new Calculator(defaults);
    const seen: StepResult["info"][] = [];
    for (let seed = 0; seed < 40; seed++) seen.push((await play(environment, seed, best)).info);
    const easy = seen.filter((info) => "easy_tool_use" in info);
    const hard = seen.filter((info) => "hard_tool_use" in info);
    expect(easy.length + hard.length).toBe(40);
    expect(easy.length).toBeGreaterThan(8);
    expect(easy.every((info) => info["easy_tool_use"] === 0 && info["easy_success"] === true)).toBe(true);
    expect(hard.every((info) => info["hard_tool_use"] === 1 && info["hard_success"] === true)).toBe(true);
  });

  it("has a weak policy that calls for half of the sums, whatever they are", async () => {
    const environment = new Calculator(defaults);
    const success = await weakSuccess(environment);
    expect(success).toBeGreaterThan(0.6);
    expect(success).toBeLessThan(0.66);
    const random = new Random(4);
    for (const share of [0, 1]) {
      const one = new Calculator({ ...defaults, easyShare: share });
      const calls = await mean(
        one,
        2000,
        () => one.demonstrate(random),
        (result) => Number(result.info["calls"]),
      );
      expect(Math.abs(calls - 0.5)).toBeLessThan(0.04);
    }
  });
});
