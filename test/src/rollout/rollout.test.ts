import { setTimeout as pause } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import type { Environment, Observed, StepResult } from "../../../src/environments/environment.js";
import { environments, makeEnvironment } from "../../../src/environments/index.js";
import {
  createPolicy,
  createPolicyFor,
  type Policy,
  type SampledContext,
  type TransformerPolicy,
} from "../../../src/policy/index.js";
import { rollout, type RolloutOptions, type Trajectory } from "../../../src/rollout/index.js";
import { shake } from "../policy/tiny.js";
import { broken, Echo } from "./worlds.js";

const policies: TransformerPolicy[] = [];
async function policyFor(environment: Environment, seed = 1): Promise<TransformerPolicy> {
  const policy = await createPolicyFor(environment.spec, {
    width: 16,
    layers: 1,
    heads: 2,
    valueHead: true,
    seed,
  });
  shake(policy, seed, 0.3);
  policies.push(policy);
  return policy;
}

let echoPolicy: TransformerPolicy;
beforeAll(async () => {
  await useEngine("wasm");
  echoPolicy = await policyFor(new Echo());
});
let tensors: number;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterAll(() => {
  for (const policy of policies) policy.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const seeds = (count: number, first = 0) => Array.from({ length: count }, (_, i) => ({ seed: first + i }));
const echo = (options: Partial<RolloutOptions> = {}): RolloutOptions => ({
  environment: () => new Echo(),
  policy: echoPolicy,
  requests: seeds(6),
  seed: 7,
  ...options,
});

/** Tokens of the turns, as texts without their closing `<eos>`, where turns end by one. */
function actionsOf({ turns, tokens }: Trajectory, policy: Policy, stops = ["<eos>"] as readonly string[]) {
  return turns.map(({ start, end }) => {
    const text = policy.vocabulary.decode(tokens.subarray(start, end));
    return stops.includes("<eos>") ? text.replace(/ ?<eos>$/, "") : text;
  });
}

/** What holds for every trajectory, whatever was played. */
function checkTrajectory(trajectory: Trajectory, policy: Policy, stops?: readonly string[]): void {
  const { tokens, mask, logProbs, entropies, values, turns } = trajectory;
  expect(policy.vocabulary.word(tokens[0]!)).toBe("<bos>");
  for (const array of [mask, logProbs, entropies!]) expect(array).toHaveLength(tokens.length);
  if (values !== undefined) expect(values).toHaveLength(tokens.length);
  const written = new Uint8Array(tokens.length);
  let last = 0;
  for (const { start, end } of turns) {
    expect(start).toBeGreaterThanOrEqual(last);
    expect(end).toBeGreaterThan(start);
    written.fill(1, start, end);
    last = end;
  }
  for (const [t, bit] of mask.entries()) {
    // A replayed turn has mask 0; nothing outside a turn has mask 1.
    if (bit === 1) expect(written[t]).toBe(1);
    else expect(logProbs[t]).toBe(0);
  }
  expect(actionsOf(trajectory, policy, stops)).toEqual(turns.map(({ action }) => action));
}

/** Plays the recorded actions again and returns every step's answer. */
async function replayed(
  environment: Environment,
  seed: number,
  actions: readonly string[],
  split: "train" | "test" = "train",
) {
  const first = await environment.reset({ seed, split });
  const steps: StepResult[] = [];
  for (const action of actions) steps.push(await environment.step(action));
  environment.close?.();
  return { first, steps };
}

describe("a single agent with one context", () => {
  it("leaves what was played: context, actions, rewards, outcome", async () => {
    const trajectories = await rollout(echo());
    expect(trajectories.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const [i, trajectory] of trajectories.entries()) {
      checkTrajectory(trajectory, echoPolicy);
      const actions = actionsOf(trajectory, echoPolicy);
      const { first, steps } = await replayed(new Echo(), i, actions);
      expect(trajectory.turns.map(({ reward }) => reward)).toEqual(steps.map(({ reward }) => reward));
      expect(trajectory.turns.map(({ step }) => step)).toEqual([0, 1, 2]);
      expect(trajectory.return).toBe(steps.reduce((sum, { reward }) => sum + reward, 0));
      expect(trajectory).toMatchObject({
        episode: i,
        group: i,
        agent: 0,
        context: 0,
        terminated: true,
        truncated: false,
      });
      expect(trajectory.info).toEqual(steps.at(-1)!.info);
      expect(trajectory.success).toBe(steps.at(-1)!.info["success"]);
      const { tokens, turns } = trajectory;
      const between = [0, ...turns.map(({ end }) => end)].map((from, turn) =>
        echoPolicy.vocabulary.decode(tokens.subarray(from, turns[turn]?.start ?? tokens.length)),
      );
      expect(between).toEqual([`<bos> ${first.observation}`, ...steps.map(({ observation }) => observation)]);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("is the same for a seed, other for another, and independent of how many play", async () => {
    const once = await rollout(echo());
    expect(await rollout(echo())).toEqual(once);
    expect((await rollout(echo({ seed: 8 }))).map(({ tokens }) => tokens)).not.toEqual(
      once.map(({ tokens }) => tokens),
    );
    const two = await rollout(echo({ requests: seeds(2) }));
    expect(two.map(({ tokens }) => tokens)).toEqual(once.slice(0, 2).map(({ tokens }) => tokens));
  });

  it("groups rollouts of one seed, unless it is told otherwise", async () => {
    const requests = [{ seed: 4 }, { seed: 9 }, { seed: 4 }, { seed: 9, group: 5 }];
    const trajectories = await rollout(echo({ requests }));
    expect(trajectories.map(({ group }) => group)).toEqual([0, 1, 0, 5]);
    // The same task, but each its own samples.
    const many = await rollout(echo({ requests: new Array(12).fill({ seed: 4 }) as { seed: number }[] }));
    expect(new Set(many.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(1);
  });

  it("plays the likeliest actions when greedy, whatever the seed", async () => {
    const first = await rollout(echo({ greedy: true, seed: 1 }));
    const second = await rollout(echo({ greedy: true, seed: 2 }));
    expect(second).toEqual(first);
  });

  it("draws the instances of the split it is told", async () => {
    const asked: (string | undefined)[] = [];
    class Asked extends Echo {
      override reset(options: { seed: number; split?: string }) {
        asked.push(options.split);
        return super.reset(options);
      }
    }
    await rollout(echo({ environment: () => new Asked(), requests: seeds(1) }));
    await rollout(echo({ environment: () => new Asked(), requests: seeds(1), split: "test" }));
    expect(asked).toEqual(["train", "test"]);
  });

  it("is cut off when the context is full before the episode is over", async () => {
    const environment = () => new Echo({ contextLength: 6 });
    const trajectories = await rollout(echo({ environment }));
    for (const trajectory of trajectories) {
      expect(trajectory.tokens.length).toBeLessThanOrEqual(6);
      expect(trajectory).toMatchObject({ terminated: false, truncated: true, success: false });
    }
  });

  it("plays asynchronous environments to the same trajectories", async () => {
    class Slow extends Echo {
      override async reset(options: { seed: number }) {
        await pause(1);
        return await super.reset(options);
      }
      override async step(action: string) {
        await pause(this.seed % 3);
        return await super.step(action);
      }
    }
    expect(await rollout(echo({ environment: () => new Slow() }))).toEqual(await rollout(echo()));
  });

  it("of no requests is no trajectories", async () => {
    expect(await rollout(echo({ requests: [] }))).toEqual([]);
  });

  it.each(["weather", "calculator", "number-line"])("plays %s as it is", async (id) => {
    const policy = await policyFor(makeEnvironment(id), 3);
    const requests = seeds(12, 40);
    const trajectories = await rollout({
      environment: () => makeEnvironment(id),
      policy,
      requests,
      seed: 1,
      split: "test",
    });
    const { stopTokens } = makeEnvironment(id).spec;
    for (const trajectory of trajectories) {
      checkTrajectory(trajectory, policy, stopTokens);
      const { steps } = await replayed(
        makeEnvironment(id),
        trajectory.seed,
        actionsOf(trajectory, policy, stopTokens),
        "test",
      );
      // A context that was full before the last turn had ended leaves that turn unplayed.
      if (!trajectory.terminated) continue;
      expect(trajectory.turns.map(({ reward }) => reward)).toEqual(steps.map(({ reward }) => reward));
      expect(trajectory.info).toEqual(steps.at(-1)!.info);
    }
    expect(trajectories.some(({ terminated }) => terminated)).toBe(true);
  });
});

describe("an agent with a fresh context each turn (t-maze)", () => {
  it("leaves one trajectory a turn, which begins with what it saw", async () => {
    const policy = await policyFor(makeEnvironment("t-maze"), 2);
    const environment = () => makeEnvironment("t-maze");
    const trajectories = await rollout({ environment, policy, requests: seeds(30), seed: 3 });
    const before = tf.memory().numTensors;
    expect(before).toBe(tensors + policy.parameters.size);
    for (let episode = 0; episode < 30; episode++) {
      const contexts = trajectories.filter((trajectory) => trajectory.episode === episode);
      expect(contexts.length).toBeGreaterThan(0);
      expect(contexts.map(({ context }) => context)).toEqual(contexts.map((_, i) => i));
      const actions = contexts.flatMap((context) => {
        checkTrajectory(context, policy);
        expect(context.turns).toHaveLength(1);
        return actionsOf(context, policy);
      });
      const { first, steps } = await replayed(environment(), episode, actions);
      for (const [i, { tokens, turns, return: total, info, terminated }] of contexts.entries()) {
        const seen = i === 0 ? first.observation : steps[i - 1]!.observation;
        expect(policy.vocabulary.decode(tokens.subarray(0, turns[0]!.start))).toBe(`<bos> ${seen}`);
        expect(turns[0]).toMatchObject({ reward: steps[i]!.reward, step: i });
        expect({ total, info, terminated }).toEqual({
          total: steps.reduce((sum, { reward }) => sum + reward, 0),
          info: steps.at(-1)!.info,
          terminated: true,
        });
      }
    }
    expect(await rollout({ environment, policy, requests: seeds(30), seed: 3 })).toEqual(trajectories);
  });
});

describe("several agents (kuhn-poker)", () => {
  const environment = () => makeEnvironment("kuhn-poker");

  it("each have a context and rewards of their own", async () => {
    const policy = await policyFor(environment(), 4);
    const trajectories = await rollout({ environment, policy, requests: seeds(200), seed: 5 });
    let both = 0;
    for (let episode = 0; episode < 200; episode++) {
      const players = trajectories.filter((trajectory) => trajectory.episode === episode);
      // The first player may end the game with a word that is no action; then the second never sees it.
      expect(players.map(({ agent }) => agent)).toEqual(players.length === 2 ? [0, 1] : [0]);
      if (players.length === 2) {
        both++;
        expect(players[0]!.return + players[1]!.return).toBe(0);
      }
      const turns = players.flatMap(({ agent, turns }) => turns.map((turn) => ({ ...turn, agent })));
      turns.sort((a, b) => a.step - b.step);
      expect(turns.map(({ step, agent }) => [step, agent])).toEqual(turns.map((_, i) => [i, i % 2]));
      const { steps } = await replayed(
        environment(),
        episode,
        turns.map(({ action }) => action),
      );
      expect(steps.at(-1)!.terminated).toBe(true);
      for (const { agent, turns, return: total, success } of players) {
        const own = steps.reduce((sum, { rewards }) => sum + rewards![agent]!, 0);
        expect(total).toBe(own);
        expect(success).toBe(own > 0);
        // Chips that are won while the other acts belong to the winner's latest turn.
        expect(turns.map(({ reward }) => reward)).toEqual(
          turns.map((_, i) => (i === turns.length - 1 ? own : 0)),
        );
      }
    }
    expect(both).toBeGreaterThan(10);
  });

  it("can be played by two policies, each its own seat", async () => {
    const { spec } = environment();
    /** Always says its word. */
    const always = (word: string, base: TransformerPolicy): Policy => ({
      vocabulary: base.vocabulary,
      contextLength: base.contextLength,
      sample: (requests) =>
        Promise.resolve(
          requests.map(({ prompt }): SampledContext => {
            const tokens = [...prompt, base.vocabulary.id(word)];
            const mask = tokens.map((_, t) => (t === prompt.length ? 1 : 0));
            return {
              tokens: Int32Array.from(tokens),
              mask: Uint8Array.from(mask),
              logProbs: new Float32Array(tokens.length),
              entropies: new Float32Array(tokens.length),
              turns: [{ start: prompt.length, end: tokens.length }],
              full: false,
            };
          }),
        ),
    });
    const base = await policyFor(environment(), 5);
    const pair = [always("bet", base), always("pass", base)];
    const trajectories = await rollout({ environment, policy: pair, requests: seeds(20), seed: 1 });
    expect(trajectories).toHaveLength(40);
    for (const { agent, turns, return: total } of trajectories) {
      expect(turns.map(({ action }) => action)).toEqual([agent === 0 ? "bet" : "pass"]);
      expect(total).toBe(agent === 0 ? 1 : -1);
    }
    const swapped = await rollout({ environment, policy: [...pair].reverse(), requests: seeds(20), seed: 1 });
    for (const { agent, turns } of swapped) {
      for (const { action } of turns) expect(action).toBe(agent === 0 ? "pass" : "bet");
    }
    await expect(rollout({ environment, policy: [pair[0]!], requests: seeds(1), seed: 1 })).rejects.toThrow(
      `there are 1 policies for ${spec.agents} agents; give one or ${spec.agents}`,
    );
  });
});

describe("a prefix", () => {
  it("is replayed with mask 0, and the policy goes on from the same state", async () => {
    const [whole] = await rollout(echo({ requests: [{ seed: 3 }] }));
    const actions = whole!.turns.map(({ action }) => action);
    const requests = [1, 2, 3].map((length) => ({ seed: 3, prefix: actions.slice(0, length) }));
    const branches = await rollout(echo({ requests }));
    for (const [i, branch] of branches.entries()) {
      checkTrajectory(branch, echoPolicy);
      const replayedTurns = branch.turns.slice(0, i + 1);
      expect(replayedTurns.map(({ action, reward, step }) => ({ action, reward, step }))).toEqual(
        whole!.turns.slice(0, i + 1).map(({ action, reward, step }) => ({ action, reward, step })),
      );
      for (const { start, end } of replayedTurns)
        expect([...branch.mask.subarray(start, end)]).not.toContain(1);
      for (const { start, end } of branch.turns.slice(i + 1)) {
        expect([...branch.mask.subarray(start, end)]).not.toContain(0);
      }
      expect(branch.turns).toHaveLength(3);
      expect(branch.return).toBe(branch.turns.reduce((sum, { reward }) => sum + reward, 0));
    }
  });

  it("works for fresh contexts and for several agents", async () => {
    for (const [id, prefix] of [
      ["t-maze", ["walk", "walk"]],
      ["kuhn-poker", ["pass", "bet"]],
    ] as const) {
      const policy = await policyFor(makeEnvironment(id), 6);
      const environment = () => makeEnvironment(id);
      const trajectories = await rollout({ environment, policy, requests: [{ seed: 2, prefix }], seed: 1 });
      const turns = trajectories.flatMap(({ turns, mask }) =>
        turns.map((turn) => ({ ...turn, written: mask[turn.start] })),
      );
      turns.sort((a, b) => a.step - b.step);
      expect(turns.slice(0, 2).map(({ action }) => action)).toEqual(prefix);
      expect(turns.map(({ written }) => written)).toEqual(turns.map((_, i) => (i < 2 ? 0 : 1)));
      expect(turns.length).toBeGreaterThan(2);
    }
  });

  it.each(["program", "weather", "proof"])("gives back the very tokens that were played: %s", async (id) => {
    const environment = () => makeEnvironment(id);
    const policy = await policyFor(environment(), 12);
    const played = await rollout({ environment, policy, requests: seeds(60), seed: 4 });
    const requests = played.map(({ seed, turns }) => ({ seed, prefix: turns.map(({ action }) => action) }));
    const again = await rollout({ environment, policy, requests, seed: 5 });
    for (const [i, { tokens, turns }] of played.entries()) {
      const { end } = turns.at(-1)!;
      expect([...again[i]!.tokens.subarray(0, end)]).toEqual([...tokens.subarray(0, end)]);
    }
    const eos = policy.vocabulary.id("<eos>");
    expect(played.some(({ tokens, turns }) => turns.some(({ end }) => tokens[end - 1] === eos))).toBe(true);
  });

  it("that ends the episode leaves nothing to the policy; one that goes on after it is refused", async () => {
    const prefix = ["a", "b", "a"];
    const [done] = await rollout(echo({ requests: [{ seed: 0, prefix }] }));
    expect(done).toMatchObject({ return: 3, success: true, terminated: true });
    expect([...done!.mask]).not.toContain(1);
    await expect(rollout(echo({ requests: [{ seed: 0, prefix: [...prefix, "a"] }] }))).rejects.toThrow(
      "rollout: the prefix of seed 0 goes on after the episode ended at its action 3",
    );
  });

  it("with a word that is none is refused", async () => {
    await expect(rollout(echo({ requests: [{ seed: 0, prefix: ["c"] }] }))).rejects.toThrow(
      '"c" is not in the vocabulary',
    );
  });
});

describe("an environment that misbehaves", () => {
  const failure = async (environment: () => Environment, options: Partial<RolloutOptions> = {}) => {
    const promise = rollout(echo({ environment, requests: seeds(3, 20), ...options }));
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expect(tf.memory().numTensors).toBe(tensors);
    return (error as Error).message;
  };

  it("is named with seed and turn: it throws in reset or step, at once or later", async () => {
    const throwing = new Echo();
    throwing.reset = () => {
      throw new Error("no world today");
    };
    expect(await failure(() => throwing)).toBe(
      'Environment "echo" (seed 20, turn 1) failed in reset: no world today',
    );
    throwing.reset = () => Promise.reject(new Error("later"));
    expect(await failure(() => throwing)).toBe('Environment "echo" (seed 20, turn 1) failed in reset: later');

    const inStep = broken((own, turn) => {
      if (turn === 2) throw new TypeError("it broke");
      return own;
    });
    expect(await failure(inStep)).toMatch(
      /^Environment "echo" \(seed 2\d, turn 2\) failed in step: it broke$/,
    );
    const later = broken((own, turn) =>
      turn === 2 ? Promise.reject(new Error("it broke")) : Promise.resolve(own),
    );
    expect(await failure(later)).toMatch(
      /^Environment "echo" \(seed 2\d, turn 2\) failed in step: it broke$/,
    );
    expect(await failure(inStepOf({ freshContext: true }))).toMatch(
      /\(seed 20, turn 2\) failed in step: it broke$/,
    );
  });

  const inStepOf = (changes: object) =>
    broken((own, turn) => {
      if (turn === 2) throw new TypeError("it broke");
      return own;
    }, changes);

  it.each([NaN, Infinity, undefined as unknown as number])("gives the reward %s", async (reward) => {
    const message = await failure(broken((own) => ({ ...own, reward })));
    expect(message).toMatch(
      /^Environment "echo" \(seed 2\d, turn 1\) gave the reward .*; a reward is a finite number$/,
    );
    expect(message).toContain(String(reward));
  });

  it("says words it has not declared", async () => {
    expect(await failure(broken((own) => ({ ...own, observation: "agian a" })))).toMatch(
      /\(seed 2\d, turn 2\) gave the observation "agian a": "agian" is not in the vocabulary of 11 words; the nearest is "again"/,
    );
  });

  it("answers with nothing", async () => {
    const nothing = () => undefined as unknown as StepResult;
    expect(await failure(broken(nothing))).toMatch(/\(seed 2\d, turn 1\) returned nothing from step$/);
    expect(await failure(broken(nothing, { freshContext: true }))).toMatch(/returned nothing from step$/);
  });

  it.each<[string, object | null | undefined, string]>([
    ["nothing", undefined, "returned nothing from "],
    ["null", null, "returned nothing from "],
    ["no observation", { observation: undefined }, "did not return a text as observation from "],
    ["no info", { info: undefined }, "did not return an object as info from "],
    ["an empty info", { info: null }, "did not return an object as info from "],
  ])("answers with %s, in reset or in step, at once or later", async (_, changes, complaint) => {
    const garble = <T extends object>(own: T): T => (changes ? { ...own, ...changes } : changes) as T;
    for (const freshContext of [false, true]) {
      for (const later of [false, true]) {
        const answer = <T extends object>(own: T): T | Promise<T> =>
          later ? Promise.resolve(garble(own)) : garble(own);
        const inReset = () => {
          const echo = new Echo({ freshContext });
          const reset = echo.reset.bind(echo);
          echo.reset = (options) => answer(reset(options) as Observed);
          return echo;
        };
        expect(await failure(inReset)).toBe(`Environment "echo" (seed 20, turn 1) ${complaint}reset`);
        const inStep = broken((own, turn) => (turn === 2 ? answer(own) : own), { freshContext });
        const message = await failure(inStep);
        expect(message).toMatch(/^Environment "echo" \(seed 2\d, turn 2\) /);
        expect(message).toContain(`${complaint}step`);
      }
    }
  });

  it("does not say whether the episode is over", async () => {
    for (const name of ["terminated", "truncated"]) {
      expect(await failure(broken((own) => ({ ...own, [name]: undefined })))).toMatch(
        new RegExp(`\\(seed 2\\d, turn 1\\) did not return true or false as ${name} from step$`),
      );
    }
  });

  it("is waited for when its promises are another library's", async () => {
    const lazy = <T>(value: T) =>
      ({
        then: (...handlers: Parameters<Promise<T>["then"]>) => Promise.resolve(value).then(...handlers),
      }) as unknown as Promise<T>;
    for (const freshContext of [false, true]) {
      const environment = broken((own) => lazy(own), { freshContext });
      const plain = broken((own) => own, { freshContext });
      expect(await rollout(echo({ environment }))).toEqual(await rollout(echo({ environment: plain })));
    }
  });

  it("never ends", async () => {
    for (const freshContext of [false, true]) {
      const endless = broken((own) => ({ ...own, observation: "", terminated: false }), { freshContext });
      expect(await failure(endless)).toMatch(
        /^Environment "echo" \(seed 2\d, turn 4\) went on after its horizon of 3 turns$/,
      );
    }
  });

  it.each([1, -1, 0.5])("gives the turn to an agent %d that does not exist", async (agent) => {
    const message = `gave the turn to agent ${agent}; it has 1, counted from 0`;
    expect(await failure(broken((own) => ({ ...own, agent })))).toContain(message);
    expect(await failure(broken((own) => ({ ...own, agent }), { freshContext: true }))).toContain(message);
  });

  it("is closed all the same, every instance once", async () => {
    const made: Echo[] = [];
    const environment = () => {
      const instance = new Echo();
      made.push(instance);
      if (made.length === 3) {
        instance.step = () => {
          throw new Error("third");
        };
      }
      return instance;
    };
    await failure(environment);
    expect(made.map(({ closed }) => closed)).toEqual([1, 1, 1]);
    made.length = 0;
    await rollout(echo({ environment, requests: seeds(2) }));
    expect(made.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});

describe("a policy that does not fit", () => {
  it("lacks words, or has too short a context", async () => {
    const small = await createPolicy({ vocabulary: ["a"], contextLength: 16, width: 4, layers: 1, heads: 1 });
    const short = await createPolicy({
      vocabulary: ["again", "a", "b"],
      contextLength: 15,
      width: 4,
      layers: 1,
      heads: 1,
    });
    await expect(rollout(echo({ policy: small }))).rejects.toThrow(
      `The policy's vocabulary lacks 2 words of the environment "echo", the first is "b"; ` +
        "make the policy with createPolicyFor(environment.spec)",
    );
    await expect(rollout(echo({ policy: short }))).rejects.toThrow(
      'The environment "echo" needs contexts of 16 tokens, the policy holds 15',
    );
    small.dispose();
    short.dispose();
  });

  it("fits when it knows more words, and in another order", async () => {
    const rich = await createPolicy({
      ...{ vocabulary: ["z", "b", "again", "y", "a"], contextLength: 40 },
      ...{ width: 8, layers: 1, heads: 1 },
    });
    for (const trajectory of await rollout(echo({ policy: rich }))) checkTrajectory(trajectory, rich);
    rich.dispose();
  });
});

describe("every registered environment", () => {
  it.each(environments().map(({ id }) => id))(
    "%s can be played by a policy that knows nothing of it",
    async (id) => {
      const environment = () => makeEnvironment(id);
      const { spec } = environment();
      const policy = await policyFor(environment(), 8);
      const before = tf.memory().numTensors;
      const trajectories = await rollout({ environment, policy, requests: seeds(16, 70), seed: 2 });
      expect(tf.memory().numTensors).toBe(before);
      expect(new Set(trajectories.map(({ episode }) => episode)).size).toBe(16);
      for (const trajectory of trajectories) {
        checkTrajectory(trajectory, policy, spec.stopTokens);
        expect(trajectory.tokens.length).toBeLessThanOrEqual(spec.contextLength);
        expect(trajectory.turns.length).toBeLessThanOrEqual(spec.horizon);
        expect(trajectory.terminated || trajectory.truncated).toBe(true);
        expect(trajectory.return).toBeGreaterThanOrEqual(spec.returnRange[0]);
        expect(trajectory.return).toBeLessThanOrEqual(spec.returnRange[1]);
      }
    },
  );
});

describe("bad use and the signal", () => {
  it.each([-1, 0.5, 2 ** 31, NaN])("refuses the seed %d", async (seed) => {
    await expect(rollout(echo({ seed }))).rejects.toThrow(
      "rollout: seed must be a whole number from 0 to 2147483647",
    );
  });

  it("refuses a temperature of 0", async () => {
    await expect(rollout(echo({ temperature: 0 }))).rejects.toThrow(
      "temperature must be a positive number, not 0",
    );
  });

  it("is honoured while many environments are made ready, each of them slowly", async () => {
    class Slow extends Echo {
      override reset(options: { seed: number }) {
        const end = performance.now() + 5;
        while (performance.now() < end);
        return super.reset(options);
      }
    }
    const start = performance.now();
    const signal = AbortSignal.timeout(30);
    const endless = rollout(echo({ environment: () => new Slow(), requests: seeds(1000), signal }));
    await expect(endless).rejects.toThrow(/timeout/i);
    expect(performance.now() - start).toBeLessThan(280);
  });

  it.each([false, true])(
    "is honoured while prefixes are replayed (fresh context: %s)",
    async (freshContext) => {
      const slowly = broken(
        (own) => {
          const end = performance.now() + 10;
          while (performance.now() < end);
          return own;
        },
        { freshContext },
      );
      const requests = seeds(128).map((request) => ({ ...request, prefix: ["a", "b"] }));
      const hanging = broken(() => new Promise<never>(() => undefined), { freshContext });
      for (const environment of [slowly, hanging]) {
        let longest = 0;
        let last = performance.now();
        const beat = setInterval(() => {
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        }, 5);
        const start = performance.now();
        const signal = AbortSignal.timeout(200);
        await expect(rollout(echo({ environment, requests, signal }))).rejects.toThrow(/timeout/i);
        clearInterval(beat);
        expect(performance.now() - start).toBeLessThan(450);
        expect(longest).toBeLessThan(200);
      }
    },
  );

  it("is honoured while many environments take their first steps", async () => {
    const slowly = broken(
      (own) => {
        const end = performance.now() + 10;
        while (performance.now() < end);
        return own;
      },
      { freshContext: true },
    );
    const start = performance.now();
    const signal = AbortSignal.timeout(200);
    await expect(rollout(echo({ environment: slowly, requests: seeds(200), signal }))).rejects.toThrow(
      /timeout/i,
    );
    expect(performance.now() - start).toBeLessThan(450);
  });

  it("does not wait for an environment that hangs, in reset or in step", async () => {
    const never = () => new Promise<never>(() => undefined);
    const inReset = new Echo();
    inReset.reset = never;
    for (const environment of [() => inReset, broken(never), broken(never, { freshContext: true })]) {
      const start = performance.now();
      await expect(rollout(echo({ environment, signal: AbortSignal.timeout(30) }))).rejects.toThrow(
        /timeout/i,
      );
      expect(performance.now() - start).toBeLessThan(280);
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});
