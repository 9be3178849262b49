/** Running checks on answers of every kind: what a learner may write. */
import { describe, expect, it } from "vitest";
import { blank, notYet } from "../../../kernel-extensions/grading/blank.js";
import { check, defineExercise, learns, type Check } from "../../../kernel-extensions/grading/exercise.js";
import type { ExerciseReport } from "../../../kernel-extensions/grading/report.js";
import { runExercise } from "../../../kernel-extensions/grading/run.js";

type Sum = (values: number[]) => number;

const sumChecks: Check<{ sum: Sum }>[] = [
  check("of nothing", 1, ({ sum }, t) => t.close(sum([]), 0), "start at zero"),
  check(
    "of some",
    3,
    ({ sum }, t) =>
      t.forAll(
        (random, size) => Array.from({ length: size }, () => random.between(1, 9)),
        (values) => t.close(sum(values), t.sum(values)),
      ),
    "all of them",
  ),
];
const exercise = defineExercise<{ sum: Sum }>({ title: "Sum", checks: sumChecks, wrong: {} });
const reference: Sum = (values) => values.reduce((a, b) => a + b, 0);
const run = (sum: unknown) => runExercise("9.1", exercise, { sum: sum as Sum });

describe("an answer", () => {
  it("that is right gets all points", async () => {
    expect(await run(reference)).toMatchObject({ id: "9.1", status: "passed", points: 4, outOf: 4 });
  });

  it("that is partly right gets the points of the checks it passes, and is told why not the others", async () => {
    const report = await run((values: number[]) => values[0] ?? 0);
    expect(report).toMatchObject({ status: "partly", points: 1 });
    const { failure, hint } = report.checks[1]!;
    // The smallest of the failing cases has two values: with one the first is the sum.
    expect(failure!.call).toMatch(/^sum\(\[\d, \d\]\)$/);
    expect(Number(failure!.got)).toBeLessThan(Number(failure!.expected));
    expect(hint).toBe("all of them");
  });

  it("that throws is told the error, without a stack", async () => {
    const report = await run(() => {
      throw new TypeError("oh\nno");
    });
    expect(report.status).toBe("failed");
    expect(report.checks[0]!.failure).toEqual({ what: "it stopped with TypeError: oh", call: "sum([])" });
    expect(JSON.stringify(report)).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each([
    ["a promise", () => Promise.resolve(0), /not a number but a promise/],
    ["NaN", () => NaN, /is NaN/],
    ["nothing", () => undefined, /is there a return/],
    ["a text", () => "0", /not a number but the string "0"/],
  ])("that returns %s is told so", async (_, sum, told) => {
    expect((await run(sum)).checks[0]!.failure!.what).toMatch(told);
  });

  it("that throws what is no error, or rejects, is a failed check", async () => {
    expect(
      (
        await run(() => {
          throw "text";
        })
      ).checks[0]!.failure!.what,
    ).toContain("text");
    const awaited = defineExercise<{ f: () => Promise<number> }>({
      title: "Later",
      checks: [check("comes", 1, async ({ f }, t) => t.close(await f(), 1), "")],
      wrong: {},
    });
    const rejects = await runExercise("9.2", awaited, { f: () => Promise.reject(new RangeError("late")) });
    expect(rejects.checks[0]!.failure).toEqual({ what: "it stopped with RangeError: late", call: "f()" });
    const right = await runExercise("9.2", awaited, { f: () => Promise.resolve(1) });
    expect(right.status).toBe("passed");
  });

  it("that changes its input changes nothing of the check's", async () => {
    const report = await run((values: number[]) => {
      let sum = 0;
      while (values.length > 0) sum += values.pop()!;
      return sum;
    });
    expect(report.status).toBe("passed");
  });

  it("that never settles is given up when the time is over", async () => {
    const patient = defineExercise<{ f: () => Promise<void> }>({
      title: "Wait",
      checks: [
        check("ends", 1, async ({ f }) => f(), "", { seconds: 0.05 }),
        check("other", 1, () => undefined, ""),
      ],
      wrong: {},
    });
    const report = await runExercise("9.3", patient, { f: () => new Promise<void>(() => undefined) });
    expect(report.checks[0]).toMatchObject({ status: "failed", points: 0 });
    expect(report.checks[0]!.failure!.what).toMatch(/not done after 0\.05 s/);
    expect(report.checks[1]!.status).toBe("passed");
  });

  it.each<[string, unknown]>([
    ["a function that calls notYet", () => notYet()],
    ["one that returns a blank", () => blank<number>()],
    ["a blank itself", blank<Sum>()],
    ["an async one", async () => notYet()],
    [
      "one that wraps the error",
      () => {
        try {
          return notYet();
        } catch (cause) {
          throw new Error("x", { cause });
        }
      },
    ],
  ])("that is not yet there gives no points: %s", async (_, sum) => {
    const report = await run(sum);
    expect(report).toMatchObject({ status: "not yet", points: 0 });
    expect(report.checks.map(({ status }) => status)).toEqual(["not yet", "not yet"]);
  });

  it("that is a value is a copy for every check", async () => {
    const values = defineExercise<{ list: number[] }>({
      title: "List",
      checks: [
        check("first", 1, ({ list }, t) => t.equal(list.splice(0), [1, 2]), ""),
        check("again", 1, ({ list }, t) => t.equal(list, [1, 2]), ""),
      ],
      wrong: {},
    });
    const list = [1, 2];
    expect((await runExercise("9.4", values, { list })).status).toBe("passed");
    expect(list).toEqual([1, 2]);
    expect((await runExercise("9.4", values, { list: blank<number[]>() })).status).toBe("not yet");
  });

  it("that is a class is given as it is", async () => {
    class Counter {
      count = 0;
      up() {
        return ++this.count;
      }
    }
    const made = defineExercise<{ Counter: new () => { up(): number } }>({
      title: "Class",
      checks: [check("counts", 1, ({ Counter }, t) => t.equal(new Counter().up(), 1), "")],
      wrong: {},
    });
    expect((await runExercise("9.5", made, { Counter })).status).toBe("passed");
  });
});

describe("the random cases", () => {
  it("are the same in every run", async () => {
    const seen: number[][] = [];
    const note = (values: number[]) => {
      seen.push([...values]);
      return reference(values);
    };
    await run(note);
    const first = seen.splice(0);
    await run(note);
    expect(seen).toEqual(first);
    expect(first.length).toBe(101);
    expect(new Set(first.map((values) => values.length)).size).toBeGreaterThan(5);
  });
});

describe("a learning check", () => {
  const trains = (outcome: (seed: number, progress: (share: number) => void) => number | Promise<number>) =>
    defineExercise<{ f: () => number }>({
      title: "Learn",
      checks: [
        check("is two", 1, ({ f }, t) => t.equal(f(), 2), ""),
        learns("learns", 2, {
          ...{ seeds: [1, 2, 3], atLeast: 0.5, measure: "success", hint: "more" },
          outcome: async (_, { seed, progress }) => outcome(seed, progress),
        }),
      ],
      wrong: {},
    });

  it("stops at the first seed that fails", async () => {
    const seeds: number[] = [];
    const outcome = (seed: number) => {
      seeds.push(seed);
      return seed === 2 ? 0.25 : 0.75;
    };
    const report = await runExercise("9.6", trains(outcome), { f: () => 2 });
    expect(seeds).toEqual([1, 2]);
    expect(report.checks[1]).toMatchObject({
      status: "failed",
      failure: { what: "success stayed too low with seed 2", expected: "at least 0.5", got: "0.25" },
    });
  });

  it("takes NaN for a failure", async () => {
    expect(
      (
        await runExercise(
          "9.6",
          trains(() => NaN),
          { f: () => 2 },
        )
      ).points,
    ).toBe(1);
  });

  it("does not run before the checks above it pass", async () => {
    let ran = false;
    const outcome = () => ((ran = true), 1);
    expect((await runExercise("9.6", trains(outcome), { f: () => 3 })).checks[1]!.status).toBe("waiting");
    expect((await runExercise("9.6", trains(outcome), { f: () => notYet() })).status).toBe("not yet");
    expect(ran).toBe(false);
    expect((await runExercise("9.6", trains(outcome), { f: () => 2 })).status).toBe("passed");
  });

  it("shows how far it is, and ends with the signal", async () => {
    const controller = new AbortController();
    const updates: ExerciseReport[] = [];
    const outcome = (seed: number, progress: (share: number) => void) => {
      progress(0.5);
      if (seed === 2) controller.abort(new Error("stop"));
      return seed === 2 ? new Promise<number>(() => undefined) : 1;
    };
    const running = runExercise(
      "9.6",
      trains(outcome),
      { f: () => 2 },
      {
        signal: controller.signal,
        onUpdate: (report) => updates.push(structuredClone(report)),
      },
    );
    await expect(running).rejects.toThrow("stop");
    const shares = updates.flatMap((report) => report.checks[1]!.progress?.share ?? []);
    expect(shares[0]).toBeCloseTo(1 / 6);
    expect(updates.some((report) => report.checks[1]!.progress?.note === "seed 2 of 3")).toBe(true);
    expect(updates.at(-1)!.status).toBe("interrupted");
  });
});
