import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trajectory } from "../../../src/rollout/trajectory.js";
import { readTrajectories, writeTrajectories } from "../../../src/rollout/trajectory-file.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trajectories-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const text = fc.string({ unit: "binary" });
const whole = fc.nat();
/** Every double and every float32, those that JSON cannot write among them. */
const double = fc.double();
const floats = (length: number) =>
  fc.array(fc.float(), { minLength: length, maxLength: length }).map((numbers) => Float32Array.from(numbers));

const trajectory: fc.Arbitrary<Trajectory> = fc.nat({ max: 12 }).chain((length) => {
  const turn = fc.tuple(fc.nat({ max: length }), fc.nat({ max: length })).chain(([a, b]) =>
    fc.record(
      {
        ...{ start: fc.constant(Math.min(a, b)), end: fc.constant(Math.max(a, b)) },
        ...{ reward: double, action: text, step: whole, value: double },
      },
      { requiredKeys: ["start", "end", "reward", "action", "step"], noNullPrototype: true },
    ),
  );
  const optional = {
    ...{ values: floats(length), entropies: floats(length) },
    demonstrated: fc.constant(true as const),
  };
  const required = {
    ...{ episode: whole, group: whole, agent: whole, context: whole, seed: whole },
    tokens: fc
      .array(fc.integer(), { minLength: length, maxLength: length })
      .map((ids) => Int32Array.from(ids)),
    mask: fc
      .array(fc.nat({ max: 1 }), { minLength: length, maxLength: length })
      .map((bits) => Uint8Array.from(bits)),
    logProbs: floats(length),
    turns: fc.array(turn, { maxLength: 3 }),
    return: double,
    ...{ success: fc.boolean(), terminated: fc.boolean(), truncated: fc.boolean() },
    info: fc
      .array(fc.tuple(text, fc.oneof(double, text, fc.boolean())), { maxLength: 4 })
      .map((entries): Trajectory["info"] => Object.fromEntries(entries)),
  };
  return fc.record(
    { ...required, ...optional },
    { requiredKeys: Object.keys(required) as (keyof typeof required)[], noNullPrototype: true },
  );
});

/** A record as the file has it, read back. */
async function read(record: object): Promise<Trajectory> {
  const path = join(folder, "one.jsonl");
  writeFileSync(path, JSON.stringify(record));
  return (await readTrajectories(path))[0]!;
}

describe("trajectories on disk", () => {
  it("come back exactly as they were", async () => {
    const path = join(folder, "deep", "round-trip.jsonl");
    await fc.assert(
      fc.asyncProperty(fc.array(trajectory, { maxLength: 4 }), async (trajectories) => {
        await writeTrajectories(path, trajectories);
        expect(await readTrajectories(path)).toStrictEqual(trajectories);
        const written = readFileSync(path, "utf8");
        expect(written.split("\n").length - 1).toBe(trajectories.length);
      }),
      { numRuns: 200 },
    );
  });

  const whole = {
    ...{ episode: 0, group: 0, agent: 0, context: 0, seed: 5 },
    ...{ tokens: [1, 9], mask: [0, 1], logProbs: [0, -0.5] },
    turns: [{ start: 1, end: 2, reward: 1, action: "yes", step: 0 }],
    ...{ return: 1, success: true, terminated: true, truncated: false, info: { success: true, calls: 2 } },
  };

  it("keep line separators that are no line feeds", async () => {
    const path = join(folder, "separators.jsonl");
    const written = { ...(await read(whole)), info: { text: "a\u2028b\u2029c\r\n" } };
    await writeTrajectories(path, [written, written]);
    expect(await readTrajectories(path)).toStrictEqual([written, written]);
  });

  it("are read past empty lines", async () => {
    const path = join(folder, "blank.jsonl");
    writeFileSync(path, `\n${JSON.stringify(whole)}\n\n${JSON.stringify(whole)}`);
    expect(await readTrajectories(path)).toHaveLength(2);
  });

  it.each<[string, object | string, RegExp]>([
    ["a line cut off", JSON.stringify(whole).slice(0, 60), /it is not JSON/],
    ["no object", "[]", /the line is not an object/],
    ["a field left out", { ...whole, return: undefined }, /return is missing/],
    ["a number as text", { ...whole, return: "1" }, /return is not a number/],
    ["a negative count", { ...whole, agent: -1 }, /agent is not a whole number/],
    ["half a token", { ...whole, tokens: [1, 0.5] }, /tokens is not a list of whole numbers/],
    ["a token beyond 32 bits", { ...whole, tokens: [1, 2 ** 31] }, /tokens is not a list of whole numbers/],
    ["a mask of twos", { ...whole, mask: [0, 2] }, /mask is not a list of zeros and ones/],
    ["too few log-probabilities", { ...whole, logProbs: [0] }, /logProbs has 1 entries for 2 tokens/],
    ["too many values", { ...whole, values: [0, 0, 0] }, /values has 3 entries for 2 tokens/],
    ["too few entropies", { ...whole, entropies: [] }, /entropies has 0 entries for 2 tokens/],
    ["null among them", { ...whole, logProbs: [0, null] }, /logProbs is not a list of numbers/],
    ["an unknown number", { ...whole, return: { number: "many" } }, /return is not a number/],
    ["a flag as number", { ...whole, success: 1 }, /success is not true or false/],
    [
      "a turn outside",
      { ...whole, turns: [{ ...whole.turns[0], end: 3 }] },
      /turns\[0\] goes from 1 to 3, which is no range of 2 tokens/,
    ],
    ["a turn without action", { ...whole, turns: [{ ...whole.turns[0], action: 7 }] }, /turns\[0\]\.action/],
    ["a list in info", { ...whole, info: { calls: [] } }, /info\.calls is not a number/],
  ])("with %s give one error that says where", async (_, damaged, expected) => {
    const path = join(folder, "damaged.jsonl");
    writeFileSync(
      path,
      `${JSON.stringify(whole)}\n${typeof damaged === "string" ? damaged : JSON.stringify(damaged)}\n`,
    );
    const error = await readTrajectories(path).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).toMatch(expected);
    expect(error?.message.startsWith(`${path}, line 2: `)).toBe(true);
    expect(error?.message).not.toContain("\n");
  });
});
