import { describe, expect, it } from "vitest";

import {
  applyLaw,
  evaluate,
  laws,
  shortestProof,
  wordsOfFormula,
  type Formula,
} from "../../../src/environments/proof-laws.js";
import { Proof, theorems, type Theorem } from "../../../src/environments/proof.js";
import { play, weakSuccess } from "./play.js";

const defaults = { formula: true };
const name = (index: number) => {
  const { formula, goal } = theorems()[index]!;
  return `${wordsOfFormula(formula).join(" ")} = ${goal} :`;
};
const nameOf = new Map(theorems().map((theorem, i) => [name(i), theorem]));

/** Tries a fixed list of laws without looking. */
const list =
  (...names: string[]) =>
  (_: string, turn: number) =>
    names[turn]!;

describe("proof", () => {
  it("has more than a thousand true theorems of three laws and at most eleven words", () => {
    expect(theorems().length).toBeGreaterThan(1000);
    expect(nameOf.size).toBe(theorems().length);
    for (const { formula, goal } of theorems().slice(0, 300)) {
      expect(wordsOfFormula(formula).length).toBeLessThanOrEqual(11);
      expect(shortestProof(formula, goal)).toBe(3);
      for (const p of [true, false]) {
        for (const q of [true, false]) expect(evaluate(formula, { p, q })).toBe(evaluate(goal, { p, q }));
      }
    }
  });

  it("checks every step", () => {
    const proof = new Proof(defaults);
    for (let seed = 0; seed < 40; seed++) {
      const theorem = nameOf.get(proof.reset({ seed }).observation)!;
      const law = laws.find((each) => applyLaw(theorem.formula, each) !== undefined)!;
      const other = laws.find((each) => applyLaw(theorem.formula, each) === undefined)!;
      expect(proof.step(other)).toMatchObject({ observation: "no :", info: { refused: 1, steps: 1 } });
      const next = wordsOfFormula(applyLaw(theorem.formula, law)!).join(" ");
      expect(proof.step(law)).toMatchObject({
        observation: `${next} :`,
        reward: 0,
        terminated: false,
        info: { success: false, refused: 1, steps: 2, bad_format: false },
      });
    }
  });

  it("is proved by laws that apply, in three to five steps", () => {
    const proof = new Proof(defaults);
    let proved = 0;
    for (let seed = 0; seed < 300; seed++) {
      let { formula } = nameOf.get(proof.reset({ seed }).observation)!;
      const { goal } = nameOf.get(proof.reset({ seed }).observation)!;
      for (;;) {
        // The law after which the rest is shortest.
        const [law, next] = laws
          .map((each) => [each, applyLaw(formula, each)] as const)
          .filter(([, result]) => result !== undefined)
          .map(([each, result]) => [each, result!, shortestProof(result!, goal)] as const)
          .reduce((a, b) => (b[2] < a[2] ? b : a));
        const result = proof.step(law);
        formula = next;
        if (!result.terminated) continue;
        expect(result.info).toMatchObject({ success: true, steps: 3, refused: 0 });
        proved += result.reward;
        break;
      }
    }
    expect(proved / 300).toBe(proof.spec.optimum);
  });

  it("ends after five turns or with a word that is no law", async () => {
    const proof = new Proof(defaults);
    proof.reset({ seed: 1 });
    const theorem = nameOf.get(proof.reset({ seed: 1 }).observation)!;
    const useless = laws.find((law) => applyLaw(theorem.formula, law) === undefined)!;
    expect(await play(proof, 1, () => useless)).toMatchObject({
      observation: "",
      return: 0,
      terminated: true,
      info: { success: false, steps: 5, refused: 5 },
    });
    expect(await play(proof, 1, () => "p")).toMatchObject({
      observation: "invalid",
      return: 0,
      info: { bad_format: true, steps: 1 },
    });
  });

  it("never shows a theorem of the test split in training", () => {
    const proof = new Proof(defaults);
    const seen = (split: "train" | "test") =>
      new Set(Array.from({ length: 2000 }, (_, seed) => proof.reset({ seed, split }).observation));
    const [train, test] = [seen("train"), seen("test")];
    for (const each of test) expect(train).not.toContain(each);
    expect(test.size).toBe(Math.ceil(theorems().length / 5));
    expect(train.size).toBeGreaterThan(800);
  });

  it("cannot be proved blindly more often than the spec says", async () => {
    const blind = new Proof({ formula: false });
    expect((await play(blind, 1, list(...laws))).observations.slice(0, -1)).toEqual([
      expect.stringMatching(/^hidden = (p|q|true|false) :$/),
      "hidden :",
      "hidden :",
      "hidden :",
      "hidden :",
    ]);
    // Formulas by number, and where each law leads from each.
    const numbers = new Map<string, number>();
    const formulas: Formula[] = [];
    const numberOf = (formula: Formula) => {
      const key = wordsOfFormula(formula).join(" ");
      if (!numbers.has(key)) {
        numbers.set(key, numbers.size);
        formulas[numbers.get(key)!] = formula;
      }
      return numbers.get(key)!;
    };
    const leads: number[][] = [];
    const lead = (from: number, law: number) => {
      const row = (leads[from] ??= []);
      return (row[law] ??= numberOf(applyLaw(formulas[from]!, laws[law]!) ?? formulas[from]!));
    };
    /** Theorems proved by the best list of so many laws; states are pairs of a formula and its goal. */
    const best = (states: Int32Array, turns: number): number => {
      const proved = states.filter((state) => state >> 16 === (state & 0xffff)).length;
      // No law applies to a single word: who arrives at the wrong one is lost.
      const open = states.filter((state) => typeof formulas[state >> 16] !== "string");
      if (turns === 0 || open.length === 0) return proved;
      const counts = laws.map((_, law) =>
        best(
          open.map((state) => (lead(state >> 16, law) << 16) | (state & 0xffff)),
          turns - 1,
        ),
      );
      return proved + Math.max(...counts);
    };
    const bestOf = (some: readonly Theorem[]) =>
      best(
        Int32Array.from(some, ({ formula, goal }) => (numberOf(formula) << 16) | numberOf(goal)),
        5,
      );
    // The goal is shown: there may be a list for each.
    const bestPerGoal = (some: readonly Theorem[]) =>
      (["p", "q", "true", "false"] as const)
        .map((goal) => bestOf(some.filter((theorem) => theorem.goal === goal)))
        .reduce((a, b) => a + b) / some.length;
    expect(bestPerGoal(theorems())).toBeCloseTo(blind.spec.chance!, 3);
    expect(blind.spec.optimum).toBe(blind.spec.chance);
    expect(new Proof(defaults).spec.chance).toBe(blind.spec.chance);
    expect(bestPerGoal(theorems().filter((_, i) => i % 5 === 0))).toBeCloseTo(0.392, 3);
    const forAllGoals = ["and-true", "double-not", "and-false", "or-false", "idempotent"] as const;
    const proved = theorems().filter(({ formula, goal }) => {
      const end = forAllGoals.reduce<Formula>((each, law) => applyLaw(each, law) ?? each, formula);
      return end === goal;
    });
    expect(proved.length / theorems().length).toBeCloseTo(0.217, 3);
  });

  it("holds out theorems of which a third are trained ones with p and q exchanged", () => {
    const exchanged = (text: string) => text.replace(/\b[pq]\b/g, (word) => (word === "p" ? "q" : "p"));
    const names = theorems().map((_, i) => name(i));
    const trained = new Set(names.filter((_, i) => i % 5 !== 0));
    const heldOut = names.filter((_, i) => i % 5 === 0);
    const twins = heldOut.filter((each) => trained.has(exchanged(each)));
    expect([twins.length, heldOut.length]).toEqual([88, 265]);
    expect(new Proof(defaults).spec.heldOut).toContain("a third");
  });

  it("has a weak policy that proves about half", async () => {
    const success = await weakSuccess(new Proof(defaults), 1500);
    expect(success).toBeGreaterThan(0.44);
    expect(success).toBeLessThan(0.56);
  });
});
