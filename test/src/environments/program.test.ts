import { describe, expect, it } from "vitest";

import { bodies, Program } from "../../../src/environments/program.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { tries: 3, feedback: true, examples: 1, holdOut: false };
const two = { ...defaults, examples: 2 };

/** Values of the 45 functions at 1, 2, 0, 3, by arithmetic of our own. */
const functions = bodies.map(({ text }) => {
  const [, factor = "", offset = "+ 0"] = /^x(?: \* (\w))?(?: ([+-] \d))?$/.exec(text)!;
  const values = [1, 2, 0, 3].map(
    (x) => x * (factor === "" ? 1 : factor === "x" ? x : Number(factor)) + Number(offset.replace(" ", "")),
  );
  return { text, values };
});

const tests = (observation: string) =>
  [...observation.matchAll(/(\d) => (-?\d+)/g)].map(
    ([, x, y]) => [[1, 2, 0, 3].indexOf(Number(x)), Number(y)] as const,
  );

/** Writes the first function that agrees with every test seen so far. */
function careful(): (observation: string, turn: number) => string {
  let known: (readonly [number, number])[] = [];
  return (observation, turn) => {
    known = turn === 0 ? tests(observation) : [...known, ...tests(observation)];
    return `${functions.find(({ values }) => known.every(([i, y]) => values[i] === y))!.text} ;`;
  };
}

/** A seed whose examples are these. */
async function seedOf(examples: string): Promise<number> {
  const program = new Program(two);
  for (let seed = 0; ; seed++) {
    if ((await program.reset({ seed })).observation === `${examples} return`) return seed;
  }
}

describe("program", () => {
  it("runs what is written and shows the first test that fails", async () => {
    const program = new Program(two);
    await program.reset({ seed: await seedOf("1 => 5 2 => 7") }); // x * 2 + 3
    expect(await program.step("x + 4 ;")).toEqual({
      observation: "2 => 7 got 6 return",
      reward: 0,
      terminated: false,
      truncated: false,
      info: {
        success: false,
        tries: 1,
        tests_passed: 1,
        syntax_errors: 0,
        solved_by_1: 0,
        solved_by_2: 0,
        solved_by_3: 0,
      },
    });
    expect(await program.step("2 * x + 3 ;")).toMatchObject({
      observation: "",
      reward: 1,
      terminated: true,
      info: { success: true, tries: 2, tests_passed: 4, solved_by_1: 0, solved_by_2: 1, solved_by_3: 1 },
    });
  });

  it("tells functions apart by the hidden tests", async () => {
    const program = new Program(two);
    await program.reset({ seed: await seedOf("1 => 0 2 => 3") }); // x * 3 - 3 or x * x - 1
    const first = await program.step("x * x - 1 ;");
    if (first.reward === 1) return;
    expect(first).toMatchObject({ observation: "0 => -3 got -1 return", info: { tests_passed: 2 } });
    expect(await program.step("x * 3 - 3 ;")).toMatchObject({ reward: 1 });
  });

  it("reports what does not parse, throws or is no number", async () => {
    const program = new Program({ ...two, tries: 9 });
    await program.reset({ seed: await seedOf("1 => 5 2 => 7") });
    for (const action of ["x * ;", "x x ;", "x * 2 + 3 - 0 ;", "<call> x ;", "while ( true ) { } ;"]) {
      expect(await program.step(action)).toMatchObject({ observation: "error return", reward: 0 });
    }
    for (const action of ["", ";", "got ;", "x => 2 ;", "x * 16 * 16 ;"]) {
      await program.reset({ seed: await seedOf("1 => 5 2 => 7") });
      expect(await program.step(action)).toMatchObject({
        observation: "1 => 5 got error return",
        info: { tests_passed: 0, syntax_errors: 0 },
      });
    }
  });

  it("plays many episodes at once", async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => {
        const program = new Program(defaults);
        await program.reset({ seed });
        return program.step("2 + x * 2 ;");
      }),
    );
    // One of the 45 functions: 4.4 in 200 on average.
    const solved = results.filter(({ reward }) => reward === 1).length;
    expect(solved).toBeGreaterThan(0);
    expect(solved).toBeLessThan(15);
  });

  it("ends after the last try", async () => {
    expect(await play(new Program(defaults), 1, () => "16 ;")).toMatchObject({
      observation: "",
      return: 0,
      terminated: true,
      info: { success: false, tries: 3, solved_by_3: 0 },
    });
  });

  it("is never failed by who reads the reports, and a single try hits as often as functions can be told apart", async () => {
    expect(functions).toHaveLength(45);
    expect(new Set(functions.map(({ values }) => values.join(" "))).size).toBe(45);
    for (const examples of [0, 1, 2]) {
      const groups = new Map<string, number>();
      for (const { values } of functions) {
        const key = values.slice(0, examples).join(" ");
        groups.set(key, (groups.get(key) ?? 0) + 1);
      }
      for (const tries of [1, 2, 3]) {
        const hits = [...groups.values()].reduce((sum, size) => sum + Math.min(tries, size), 0);
        const { spec } = new Program({ ...defaults, examples, tries, feedback: false });
        expect(spec.optimum).toBeCloseTo(hits / 45, 12);
        expect(spec.chance).toBeCloseTo(hits / 45, 12);
        if (tries === 1)
          expect(new Program({ ...defaults, examples }).spec.chance).toBeCloseTo(hits / 45, 12);
      }
    }
    expect(new Program(defaults).spec.optimum).toBe(1);
    expect(await mean(new Program(defaults), 300, careful())).toBe(1);
    expect(await mean(new Program({ ...two, tries: 2 }), 300, careful())).toBe(1);
    const single = new Program({ ...two, tries: 1 });
    expect(Math.abs((await mean(single, 1500, careful())) - 38 / 45)).toBeLessThan(0.038);
  });

  it("is a guess without examples and feedback", async () => {
    const blind = new Program({ ...defaults, examples: 0, feedback: false });
    expect(blind.spec.chance).toBe(3 / 45);
    const guesses = ["x ;", "x + 1 ;", "x * x ;"];
    const { observations } = await play(blind, 1, (_, turn) => guesses[turn]!);
    expect(observations).toEqual(["return", "error return", "error return", ""]);
    const success = await mean(blind, 2000, (_, turn) => guesses[turn]!);
    expect(Math.abs(success - 3 / 45)).toBeLessThan(0.023);
  });

  it("holds functions out on request", async () => {
    const program = new Program({ ...two, holdOut: true });
    const solved = async (split: "train" | "test") => {
      const seen = new Set<string>();
      for (let seed = 0; seed < 300; seed++) {
        const { observations } = await play(program, seed, () => "16 ;", split);
        seen.add(observations[0]!);
      }
      return seen;
    };
    expect((await solved("test")).size).toBe(9);
    // Functions that look alike are counted once.
    expect((await solved("train")).size).toBeGreaterThan(27);
    expect(bodies.filter(({ heldOut }) => heldOut)).toHaveLength(9);
  });

  it("has a weak policy that succeeds in fewer than half of the episodes", async () => {
    const program = new Program(defaults);
    await program.reset({ seed: 0 });
    const success = await weakSuccess(program, 2000);
    expect(success).toBeGreaterThan(0.35);
    expect(success).toBeLessThan(0.45);
  });
});
