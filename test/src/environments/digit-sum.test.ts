import { describe, expect, it } from "vitest";

import { DigitSum } from "../../../src/environments/digit-sum.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { scratchpad: true, digits: 5, modulus: 5 };
const digitsOf = (observation: string) => observation.split(" ").slice(0, -1).map(Number);
/** Running totals from the second digit on, then the answer. */
function reason(observation: string): string {
  const [first, ...rest] = digitsOf(observation);
  let total = first!;
  const totals = rest.map((digit) => (total = (total + digit) % 5));
  return `${totals.join(" ")} <ans> ${total}`;
}

describe("digit-sum", () => {
  it("asks for a sum and takes it at the end of any scratchpad", async () => {
    const environment = new DigitSum(defaults);
    const { observation } = environment.reset({ seed: 1 });
    expect(observation).toMatch(/^([0-4] ){5}=$/);
    const sum = digitsOf(observation).reduce((a, b) => a + b) % 5;
    for (const before of ["", "4 ", "= <ans> = "]) {
      expect(await play(environment, 1, () => `${before}<ans> ${sum}`)).toMatchObject({
        observation: "",
        return: 1,
        terminated: true,
        info: {
          success: true,
          bad_format: false,
          answer_length: 2 + before.trim().split(/\s+/).filter(Boolean).length,
        },
      });
      expect(await play(environment, 1, () => `${before}<ans> ${(sum + 1) % 5}`)).toMatchObject({
        return: 0,
        info: { success: false, bad_format: false },
      });
    }
  });

  it.each(["", "<ans>", "3", "<ans> 3 4", "<ans> =", "<ans> 7", "4 3 3 0", `${"1 ".repeat(20)}<ans> 3`])(
    "takes %o as a bad action",
    async (action) => {
      expect(await play(new DigitSum(defaults), 1, () => action)).toMatchObject({
        observation: "invalid",
        return: 0,
        terminated: true,
        info: { bad_format: true },
      });
    },
  );

  it("is solved by running totals, which do not fit without the scratchpad", async () => {
    expect(await mean(new DigitSum(defaults), 300, reason)).toBe(1);
    expect(await mean(new DigitSum({ ...defaults, scratchpad: false }), 100, reason)).toBe(0);
  });

  it("is at chance for every constant answer, exactly", async () => {
    const sums = [0, 0, 0, 0, 0];
    for (let code = 0; code < 5 ** 5; code++) {
      sums[[0, 1, 2, 3, 4].reduce((sum, i) => sum + (Math.floor(code / 5 ** i) % 5), 0) % 5]! += 1;
    }
    const { spec } = new DigitSum(defaults);
    expect(sums.map((count) => count / 5 ** 5)).toEqual(sums.map(() => spec.chance));
    const success = await mean(new DigitSum(defaults), 4000, () => "<ans> 3");
    expect(Math.abs(success - spec.chance!)).toBeLessThan(0.025);
  });

  it("has a weak policy that mostly guesses", async () => {
    const success = await weakSuccess(new DigitSum(defaults));
    expect(success).toBeGreaterThan(0.355);
    expect(success).toBeLessThan(0.415);
    const blind = await weakSuccess(new DigitSum({ ...defaults, scratchpad: false }));
    expect(Math.abs(blind - 0.2)).toBeLessThan(0.025);
  });
});
