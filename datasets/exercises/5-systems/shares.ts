import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export interface Times {
  /** Milliseconds of an update's rollouts, those in the environment included, and of its learning. */
  sample: number;
  update: number;
  /** Milliseconds inside the environment. */
  environment: number;
}

export interface Shares {
  sampling: number;
  environment: number;
  learning: number;
}

export const shares = defineExercise<{ timeShares: (updates: readonly Times[]) => Shares }>({
  title: "Where the time goes",
  checks: [
    check(
      "one update",
      4,
      ({ timeShares }, t) =>
        t.close(timeShares([{ sample: 60, update: 40, environment: 20 }]), {
          ...{ sampling: 0.4, environment: 0.2, learning: 0.4 },
        }),
      "The environment plays while the rollouts are sampled: its time is part of theirs. Count no millisecond twice.",
    ),
    check(
      "many updates, long and short ones",
      6,
      ({ timeShares }, t) =>
        t.forAll(
          (random, size) =>
            Array.from({ length: size }, () => {
              const environment = random.between(1, 100);
              return {
                environment,
                sample: environment + random.between(1, 1000),
                update: random.between(1, 300),
              };
            }),
          (updates) => {
            const of = (name: keyof Times) => t.sum(updates.map((update) => update[name]));
            const all = of("sample") + of("update");
            return t.close(timeShares(updates), {
              sampling: (of("sample") - of("environment")) / all,
              environment: of("environment") / all,
              learning: of("update") / all,
            });
          },
        ),
      "Shares of the whole time: add the milliseconds up first, divide once. The mean of the shares lets a short update count as much as a long one.",
    ),
  ],
  wrong: {
    "counts the environment twice": `const sum = (name: keyof Times) => updates.reduce((total, update) => total + update[name], 0);
  const all = sum("sample") + sum("update") + sum("environment");
  return {
    sampling: sum("sample") / all,
    environment: sum("environment") / all,
    learning: sum("update") / all,
  };`,
    "the mean of the shares": `const mean = (of: (times: Times) => number) =>
    updates.reduce((sum, update) => sum + of(update) / (update.sample + update.update), 0) / updates.length;
  return {
    sampling: mean(({ sample, environment }) => sample - environment),
    environment: mean(({ environment }) => environment),
    learning: mean(({ update }) => update),
  };`,
  },
});
