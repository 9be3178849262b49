import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess } from "../../../kernel-extensions/grading/learning.js";
import { inPlay } from "../../../src/environments/action.js";
import type { Environment, EnvironmentSpec } from "../../../src/environments/environment.js";
import { assertSeed, Random } from "../../../src/random.js";
import { warmStart } from "../../../src/training/warm-start.js";

type Verify = (amount: number, answer: readonly string[]) => boolean;

const coins = [1, 2, 5];

const spec: EnvironmentSpec = {
  id: "change",
  title: "Pay an amount in coins",
  capability: "reasoning",
  domain: "math",
  tools: [],
  horizon: 1,
  vocabulary: [..."0123456789", "pay"],
  contextLength: 3 + 6,
  stopTokens: ["<eos>"],
  maxActionTokens: 6,
  freshContext: false,
  agents: 1,
  returnRange: [0, 1],
  optimum: 1,
  heldOut: "seeds only: there are nine tasks",
  options: {},
};

/** What the exercise asks for, written another way: the answers of at most four coins are listed. */
function isChange(amount: number, answer: readonly string[]): boolean {
  const lists = (length: number): number[][] =>
    length === 0 ? [[]] : lists(length - 1).flatMap((list) => coins.map((coin) => [...list, coin]));
  return [1, 2, 3, 4]
    .flatMap(lists)
    .some(
      (list) => list.reduce((sum, coin) => sum + coin, 0) === amount && list.join(" ") === answer.join(" "),
    );
}

/** The fewest coins. */
function inCoins(amount: number): number[] {
  if (amount === 0) return [];
  const coin = coins.findLast((one) => one <= amount)!;
  return [coin, ...inCoins(amount - coin)];
}

/** Pays what the learner's verifier pays; success is what is right. */
function changeEnvironment(verify: Verify): Environment {
  let episode: { amount: number; over: boolean } | undefined;
  return {
    spec,
    reset: ({ seed }) => {
      assertSeed(seed);
      episode = { amount: 1 + new Random(seed).integer(9), over: false };
      return { observation: `pay ${episode.amount}`, info: { success: false } };
    },
    step: (action) => {
      const now = inPlay(spec, episode);
      now.over = true;
      const [mark, ...answer] = action.split(" ");
      const answered = mark === "<ans>";
      return {
        observation: "",
        reward: answered && verify(now.amount, answer) ? 1 : 0,
        terminated: true,
        truncated: false,
        info: { success: answered && isChange(now.amount, answer) },
      };
    },
    // Often the right coins, else from one to four digits, most of them coins: right by luck.
    demonstrate: (random) => {
      const { amount } = inPlay(spec, episode);
      const digit = () => (random.chance(0.8) ? random.choice(coins) : random.integer(10));
      const paid = random.chance(0.4)
        ? random.shuffle(inCoins(amount))
        : Array.from({ length: 1 + random.integer(4) }, digit);
      return ["<ans>", ...paid].join(" ");
    },
  };
}

export const change = defineExercise<{ verify: Verify }>({
  title: "A verifier instead of an answer key",
  checks: [
    check(
      "every way to pay is right",
      5,
      ({ verify }, t) => {
        for (const answer of ["5 2", "2 5", "5 1 1", "2 2 2 1", "1 2 2 2"]) {
          t.holds(verify(7, answer.split(" ")), `${answer} pays 7`);
        }
      },
      "Do not compare with an answer: work out what the answer comes to.",
    ),
    check(
      "nothing else is",
      5,
      async ({ verify }, t) => {
        await t.equal(verify(5, ["1", "1", "1", "1", "1"]), false, {
          what: "the verdict on five coins of 1 for 5",
        });
        await t.forAll(
          (random, size) => ({
            amount: 1 + random.integer(9),
            answer: Array.from({ length: random.integer(Math.min(6, size) + 1) }, () =>
              random.chance(0.7)
                ? String(random.choice(coins))
                : random.choice([..."034678", "pay", "<ans>"]),
            ),
          }),
          ({ amount, answer }) =>
            t.equal(verify(amount, answer), isChange(amount, answer), {
              what: `the verdict on ${answer.join(" ") || "no coins"} for ${amount}`,
            }),
          { cases: 400 },
        );
      },
      "There are coins of 1, 2 and 5, from one to four of them pay, and what is no coin pays nothing. Whatever you let through, an agent will find.",
    ),
    learns("an agent learns to pay", 10, {
      seeds: [1],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: async ({ verify }, run) => {
        const environment = () => changeEnvironment(verify);
        const policy = await warmStart({
          environment,
          recipe: { warmStart: { demonstrations: 1000, steps: 200, learningRate: 3e-3 } },
          ...{ seed: run.seed, signal: run.signal },
          onStep: ({ step, steps }) => run.progress((0.3 * step) / steps, "warm start"),
        });
        try {
          return await trainedSuccess(
            { environment, policy, learningRate: 2e-3, updates: 80, prompts: 16, groupSize: 8, until: 0.85 },
            run,
          );
        } finally {
          policy.dispose();
        }
      },
      hint: "Success is measured by a verifier of our own, however much yours paid.",
    }),
  ],
  wrong: {
    "an answer key": `const key = ["", "1", "2", "2 1", "2 2", "5", "5 1", "5 2", "5 2 1", "5 2 2"];
  return answer.join(" ") === key[amount];`,
    "any numbers that add up":
      "return answer.length <= 4 && answer.reduce((sum, word) => sum + Number(word), 0) === amount;",
    "any number of coins": `return (
    answer.every((word) => ["1", "2", "5"].includes(word)) &&
    answer.reduce((sum, word) => sum + Number(word), 0) === amount
  );`,
    "at least the amount": `return (
    answer.length <= 4 &&
    answer.every((word) => ["1", "2", "5"].includes(word)) &&
    answer.reduce((sum, word) => sum + Number(word), 0) >= amount
  );`,
  },
});
