import { setTimeout as pause } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import type { SampledContext, SampleOptions, TransformerPolicy } from "../../../src/policy/index.js";
import { draw } from "../../../src/policy/sampler.js";
import { Random } from "../../../src/random.js";
import { processorTime } from "../../support/processor-time.js";
import { shake, tinyPolicy } from "./tiny.js";

let policy: TransformerPolicy;
let tensors: number;
beforeAll(async () => {
  await useEngine("wasm");
  policy = await tinyPolicy({ width: 16, layers: 2, heads: 4, contextLength: 24, valueHead: true });
  shake(policy, 1, 0.3);
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterAll(() => {
  policy.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const noTensorsLeft = () => {
  expect(tf.memory().numTensors).toBe(tensors);
};
const oneTurn: SampleOptions = { stop: [2], maxTurnTokens: 10 };
/** Prompts of many lengths; `<bos>` and then letters. */
const ragged = Array.from({ length: 16 }, (_, i) => {
  const random = new Random(i, 4);
  const prompt = [1, ...Array.from({ length: random.integer(7) }, () => random.between(8, 15))];
  return { prompt, seed: 100 + i };
});

/** Tool output for the first turns of a row: row i has i mod 3 of them, none to two tokens long. */
function answers(): NonNullable<SampleOptions["respond"]> {
  const given = new Map<number, number>();
  return (row) => {
    const count = given.get(row) ?? 0;
    given.set(row, count + 1);
    return count < row % 3 ? Array.from({ length: (row >> 2) % 3 }, () => 8 + (row % 8)) : undefined;
  };
}

function scoreOf(row: SampledContext, temperature = 1) {
  return tf.tidy(() => {
    const scores = policy.score(tf.tensor2d(row.tokens, [1, row.tokens.length], "int32"), temperature);
    const columns = (tensor: tf.Tensor) => [0, ...tensor.dataSync()];
    return {
      logProbs: columns(scores.logProbs),
      entropies: columns(scores.entropy),
      values: columns(scores.values!),
    };
  });
}

describe("what is sampled", () => {
  it.each([0.3, 1, 2.5])(
    "has the log-probabilities the trainer computes (temperature %d)",
    async (temperature) => {
      const rows = await policy.sample(ragged, {
        stop: [2, 4],
        maxTurnTokens: 4,
        temperature,
        respond: answers(),
      });
      let written = 0;
      for (const row of rows) {
        const { logProbs, entropies, values } = scoreOf(row, temperature);
        for (const [t, bit] of row.mask.entries()) {
          if (bit === 0) {
            expect([row.logProbs[t], row.entropies[t], row.values![t]]).toEqual([0, 0, 0]);
            continue;
          }
          written++;
          expect(Math.abs(row.logProbs[t]! - logProbs[t]!)).toBeLessThan(1e-5);
          expect(Math.abs(row.entropies[t]! - entropies[t]!)).toBeLessThan(1e-5);
          expect(Math.abs(row.values![t]! - values[t]!)).toBeLessThan(1e-5);
        }
      }
      expect(written).toBeGreaterThan(40);
      noTensorsLeft();
    },
  );

  it("is prompt, turn, response, turn …, with masks and turns to match", async () => {
    const responses = new Map<number, number[][]>();
    const actions = new Map<number, number[][]>();
    const respond = answers();
    const rows = await policy.sample(ragged, {
      ...{ stop: [2, 4], maxTurnTokens: 4 },
      respond(row, action) {
        actions.set(row, [...(actions.get(row) ?? []), [...action]]);
        const response = respond(row, action) as number[] | undefined;
        if (response) responses.set(row, [...(responses.get(row) ?? []), response]);
        return response;
      },
    });
    for (const [i, row] of rows.entries()) {
      const expected: number[] = [...ragged[i]!.prompt];
      const mask = expected.map(() => 0);
      for (const [turn, action] of actions.get(i)!.entries()) {
        expect(row.turns[turn]).toEqual({ start: expected.length, end: expected.length + action.length });
        expect(action.length <= 4).toBe(true);
        expect(action.length === 4 || [2, 4].includes(action.at(-1)!)).toBe(true);
        expect(action.slice(0, -1).some((token) => [2, 4].includes(token))).toBe(false);
        expected.push(...action);
        mask.push(...action.map(() => 1));
        const response = responses.get(i)?.[turn] ?? [];
        expected.push(...response);
        mask.push(...response.map(() => 0));
      }
      expect([...row.tokens]).toEqual(expected);
      expect([...row.mask]).toEqual(mask);
      expect(row.turns).toHaveLength(actions.get(i)!.length);
      expect(row.turns).toHaveLength((i % 3) + 1);
      expect(row.full).toBe(false);
    }
  });

  it("is the same for the same seeds, and another for others", async () => {
    const once = await policy.sample(ragged, oneTurn);
    expect(await policy.sample(ragged, oneTurn)).toEqual(once);
    const others = ragged.map(({ prompt, seed }) => ({ prompt, seed: seed + 1 }));
    const different = await policy.sample(others, oneTurn);
    expect(different.filter((row, i) => row.tokens.join() !== once[i]!.tokens.join()).length).toBeGreaterThan(
      10,
    );
  });

  it("does not depend on the rows beside it", async () => {
    const options = () => ({ stop: [2, 4], maxTurnTokens: 4, respond: answers() });
    const together = await policy.sample(ragged, options());
    for (const [i, request] of ragged.entries()) {
      const respond = answers();
      // Alone it is row 0; it is still answered as row i was.
      const [alone] = await policy.sample([request], {
        ...options(),
        respond: (_, action) => respond(i, action),
      });
      expect(alone!.tokens).toEqual(together[i]!.tokens);
      for (const [t, logProb] of together[i]!.logProbs.entries()) {
        expect(Math.abs(alone!.logProbs[t]! - logProb)).toBeLessThan(1e-6);
      }
    }
  });

  it("does not depend on how many rows share the work on the prompts", async () => {
    const wide = await tinyPolicy({ width: 256, layers: 2, heads: 4, contextLength: 24 });
    // 128 tokens at once: the prompts of twenty rows are worked on in three pieces, one row's in one.
    const prompt = [1, ...Array.from({ length: 16 }, (_, i) => 8 + (i % 7))];
    const requests = Array.from({ length: 20 }, (_, seed) => ({ prompt, seed }));
    const together = await wide.sample(requests, { stop: [], maxTurnTokens: 3 });
    for (const i of [0, 7, 19]) {
      const [alone] = await wide.sample([requests[i]!], { stop: [], maxTurnTokens: 3 });
      expect(alone!.tokens).toEqual(together[i]!.tokens);
      for (const [t, logProb] of alone!.logProbs.entries()) {
        expect(Math.abs(logProb - together[i]!.logProbs[t]!)).toBeLessThan(1e-6);
      }
    }
    wide.dispose();
    noTensorsLeft();
  });

  it("is not disturbed by rows that finish early and are dropped", async () => {
    // Forty rows of which most end after one token, and every tenth goes on to the end of the context.
    const requests = Array.from({ length: 40 }, (_, i) => ({ prompt: [1, 8 + (i % 8)], seed: i }));
    const rows = await policy.sample(requests, {
      ...{ stop: [], maxTurnTokens: 1 },
      respond: (row) => (row % 10 === 0 ? [] : undefined),
    });
    for (const [i, row] of rows.entries()) {
      expect(row.tokens).toHaveLength(i % 10 === 0 ? 24 : 3);
      expect(row.full).toBe(i % 10 === 0);
      const { logProbs } = scoreOf(row);
      for (let t = 2; t < row.tokens.length; t++) {
        expect(Math.abs(row.logProbs[t]! - logProbs[t]!)).toBeLessThan(1e-5);
      }
    }
    noTensorsLeft();
  });

  it("is the likeliest token when greedy, whatever the seed and the temperature", async () => {
    const rows = await policy.sample(ragged, { ...oneTurn, greedy: true, temperature: 7 });
    const other = ragged.map(({ prompt }) => ({ prompt, seed: 9 }));
    expect((await policy.sample(other, { ...oneTurn, greedy: true })).map(({ tokens }) => tokens)).toEqual(
      rows.map(({ tokens }) => tokens),
    );
    for (const row of rows.slice(0, 4)) {
      const { logProbs } = scoreOf(row);
      for (const { start, end } of row.turns) {
        for (let t = start; t < end; t++) {
          const [distribution] = await policy.distributions([
            policy.vocabulary.decode(row.tokens.subarray(0, t)),
          ]);
          const likeliest = [...distribution!].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
          expect(policy.vocabulary.word(row.tokens[t]!)).toBe(likeliest);
          expect(Math.abs(row.logProbs[t]! - logProbs[t]!)).toBeLessThan(1e-5);
        }
      }
    }
  });

  it.each([
    [1, 17],
    [2, 18],
  ])("comes as often as its probability says (temperature %d)", async (temperature, first) => {
    const prompt = policy.vocabulary.encode("<bos> a b");
    const count = 4000;
    const requests = Array.from({ length: count }, (_, i) => ({ prompt, seed: first * 10_000 + i }));
    const rows = await policy.sample(requests, { stop: [], maxTurnTokens: 1, temperature });
    const seen = new Map<number, number>();
    for (const { tokens } of rows) seen.set(tokens[3]!, (seen.get(tokens[3]!) ?? 0) + 1);
    const [distribution] = await policy.distributions(["<bos> a b"], temperature);
    let statistic = 0;
    for (const [id, probability] of [...distribution!.values()].entries()) {
      statistic += ((seen.get(id) ?? 0) - count * probability) ** 2 / (count * probability);
    }
    // Chi-square with 15 degrees of freedom: 37.7 is exceeded once in a thousand seeds.
    expect(statistic).toBeLessThan(37.7);
  });
});

describe("the end of a row", () => {
  it("is the context's end, and the row says that it is full", async () => {
    const [row] = await policy.sample([{ prompt: [1, 8], seed: 1 }], { stop: [], maxTurnTokens: 99 });
    expect(row).toMatchObject({ full: true, turns: [{ start: 2, end: 24 }] });
    const [short] = await policy.sample([{ prompt: [1, 8], seed: 1 }], {
      stop: [],
      maxTurnTokens: 99,
      contextLength: 5,
    });
    expect(short!.tokens).toEqual(row!.tokens.slice(0, 5));
    expect(short!.full).toBe(true);
  });

  it("is not full when the last turn just fits", async () => {
    const [row] = await policy.sample([{ prompt: [1, 8], seed: 1 }], { stop: [], maxTurnTokens: 22 });
    expect(row!.tokens).toHaveLength(24);
    expect(row!.full).toBe(false);
  });

  it("cuts a response that does not fit", async () => {
    const [row] = await policy.sample([{ prompt: [1], seed: 1 }], {
      ...{ stop: [], maxTurnTokens: 2 },
      respond: () => new Array<number>(50).fill(9),
    });
    expect([...row!.tokens.subarray(3)]).toEqual(new Array(21).fill(9));
    expect(row).toMatchObject({ full: true, turns: [{ start: 1, end: 3 }] });
  });

  it("comes at once for a prompt as long as the context, also beside shorter ones", async () => {
    const whole = [1, ...new Array<number>(23).fill(8)];
    const [row] = await policy.sample([{ prompt: whole, seed: 1 }], oneTurn);
    expect(row).toMatchObject({ tokens: Int32Array.from(whole), turns: [], full: true });
    const [long, short] = await policy.sample(
      [
        { prompt: whole, seed: 1 },
        { prompt: [1], seed: 2 },
      ],
      oneTurn,
    );
    expect(long).toEqual(row);
    expect([...short!.mask].reduce((a, b) => a + b)).toBeGreaterThan(0);
  });

  it("lets an empty response start the next turn right away", async () => {
    let turns = 0;
    const [row] = await policy.sample([{ prompt: [1], seed: 3 }], {
      ...{ stop: [], maxTurnTokens: 2 },
      respond: () => (++turns < 3 ? [] : undefined),
    });
    expect(row!.turns).toEqual([1, 3, 5].map((start) => ({ start, end: start + 2 })));
  });

  it("of no rows is no rows", async () => {
    expect(await policy.sample([], oneTurn)).toEqual([]);
  });
});

describe("respond", () => {
  it("may take its time: the rows come out as if it had answered at once", async () => {
    const options = { stop: [2, 4], maxTurnTokens: 4 };
    const expected = await policy.sample(ragged, { ...options, respond: answers() });
    const respond = answers();
    const rows = await policy.sample(ragged, {
      ...options,
      respond: async (row, action) => {
        await pause(row % 3);
        return await respond(row, action);
      },
    });
    expect(rows).toEqual(expected);
  });

  it("may answer some rows at once and others later", async () => {
    const rows = await policy.sample(ragged, {
      ...{ stop: [], maxTurnTokens: 1 },
      respond: (row) => (row % 2 === 0 ? undefined : Promise.resolve(undefined)),
    });
    for (const { turns } of rows) expect(turns).toHaveLength(1);
  });

  it("leaves no tensor behind when it throws, at once or later", async () => {
    const failure = new Error("the tool broke");
    for (const respond of [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ]) {
      await expect(policy.sample(ragged, { ...oneTurn, respond })).rejects.toBe(failure);
      noTensorsLeft();
    }
  });

  it("may fail twice, in whatever order: one failure is reported, none is left unhandled", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    const requests = [0, 1, 2].map((seed) => ({ prompt: [1], seed }));
    const respond = (row: number) => {
      if (row === 2) throw new Error("row 2");
      return Promise.reject(new Error(`row ${row}`));
    };
    await expect(policy.sample(requests, { stop: [], maxTurnTokens: 1, respond })).rejects.toThrow("row 2");
    await pause(5);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("of many rows does not keep the event loop waiting, however long each takes", async () => {
    const requests = Array.from({ length: 200 }, (_, seed) => ({ prompt: [1], seed }));
    let returns = 0;
    const timer = setInterval(() => returns++, 1);
    const slow = () => {
      const end = performance.now() + 3;
      while (performance.now() < end);
      return undefined;
    };
    await policy.sample(requests, { stop: [], maxTurnTokens: 1, respond: slow });
    clearInterval(timer);
    // 600 ms of work, and a return at least every 50 ms and a row.
    expect(returns).toBeGreaterThanOrEqual(6);
  });

  it("is told about tokens that are none", async () => {
    await expect(
      policy.sample([{ prompt: [1], seed: 1 }], { ...oneTurn, respond: () => [3, 99] }),
    ).rejects.toThrow("The response to row 0 holds 99, which is no token id");
    noTensorsLeft();
  });
});

describe("the signal", () => {
  it("stops sampling within 250 ms, and nothing is left behind", async () => {
    const requests = Array.from({ length: 200 }, (_, i) => ({ prompt: [1], seed: i }));
    const controller = new AbortController();
    const reason = new Error("stop");
    let aborted = 0;
    setTimeout(() => {
      aborted = processorTime();
      controller.abort(reason);
    }, 60);
    const endless = async () => {
      for (;;) await policy.sample(requests, { stop: [], maxTurnTokens: 99, signal: controller.signal });
    };
    await expect(endless()).rejects.toBe(reason);
    expect(processorTime() - aborted).toBeLessThan(250);
    noTensorsLeft();
  });

  it("does not wait for a response that never comes", async () => {
    const controller = new AbortController();
    const start = performance.now();
    setTimeout(() => {
      controller.abort();
    }, 20);
    const never = new Promise<undefined>(() => undefined);
    const options = { ...oneTurn, signal: controller.signal, respond: () => never };
    await expect(policy.sample(ragged, options)).rejects.toThrow(/abort/i);
    expect(performance.now() - start).toBeLessThan(270);
    noTensorsLeft();
  });

  it("stops before the start when it is already aborted", async () => {
    await expect(policy.sample(ragged, { ...oneTurn, signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
    noTensorsLeft();
  });
});

describe("bad requests", () => {
  const refusal = async (prompt: number[], options: Partial<SampleOptions> = {}) => {
    const promise = policy.sample(
      [
        { prompt: [1], seed: 0 },
        { prompt, seed: 0 },
      ],
      { ...oneTurn, ...options },
    );
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    noTensorsLeft();
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  };

  it("are refused in one line: the prompt", async () => {
    expect(await refusal([])).toBe("Prompt 1 is empty; begin it with <bos>");
    expect(await refusal(new Array<number>(25).fill(1))).toBe(
      "Prompt 1 has 25 tokens, more than the context of 24; make the policy with a larger contextLength",
    );
    expect(await refusal([1, 8, 9], { contextLength: 2 })).toMatch(/more than the context of 2/);
    for (const id of [16, -1, 1.5, NaN])
      expect(await refusal([1, id])).toBe(`Prompt 1 holds ${id}, which is no token id`);
  });

  it("are refused in one line: the options", async () => {
    for (const bad of [0, -1, 1.5, NaN]) {
      expect(await refusal([1], { maxTurnTokens: bad })).toBe(
        `sample: maxTurnTokens must be a whole number of at least 1, not ${bad}`,
      );
      expect(await refusal([1], { contextLength: bad })).toMatch(/contextLength must be a whole number/);
    }
    for (const bad of [0, -1, NaN, Infinity]) {
      expect(await refusal([1], { temperature: bad })).toMatch(
        `temperature must be a positive number, not ${bad}`,
      );
    }
  });

  it("say when the policy itself is broken", async () => {
    const broken = await tinyPolicy();
    const values = await broken.values();
    values.get("head.weight")![0] = NaN;
    broken.assign(values);
    const before = tf.memory().numTensors;
    for (const greedy of [false, true]) {
      await expect(broken.sample([{ prompt: [1], seed: 1 }], { ...oneTurn, greedy })).rejects.toThrow(
        "The policy's probabilities are not numbers: its parameters are damaged (a NaN or an overflow)",
      );
    }
    expect(tf.memory().numTensors).toBe(before);
    broken.dispose();
  });
});

describe("draw", () => {
  it("never draws what has no probability, at either end of the random numbers", () => {
    const next = (value: number) => ({ next: () => value }) as Random;
    const logits = [-Infinity, 0, -Infinity, 1, -1e9];
    expect(draw(logits, 1, next(0)).token).toBe(1);
    expect(draw(logits, 1, next(1 - 2 ** -53)).token).toBe(3);
    expect(draw([0, 0, 0], 1, next(1 - 2 ** -53)).token).toBe(2);
    expect(draw([1000, 0], 0.001, next(0.5))).toEqual({ token: 0, logProb: 0, entropy: 0 });
  });

  it("takes the first of equals when it does not draw", () => {
    expect(draw([1, 3, 3], 1)).toMatchObject({ token: 1, logProb: -Math.log(2 + Math.exp(-2)) });
  });
});
