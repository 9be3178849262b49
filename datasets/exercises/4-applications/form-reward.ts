import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { withReward } from "../../../src/environments/with-reward.js";

export interface FormStep {
  /** Shares of the fields that were right before and after the action: 0, .5 or 1. */
  before: number;
  after: number;
  /** Whether the action sent the form. */
  sent: boolean;
}

export const formReward = defineExercise<{ formReward: (step: FormStep) => number }>({
  title: "GUI: a reward for an order",
  checks: [
    check(
      "nothing pays like a form that is sent with everything right",
      5,
      ({ formReward }, t) => {
        const [none, half, all] = [0, 0.5, 1].map((share) =>
          formReward({ before: share, after: share, sent: true }),
        );
        t.holds(
          all! > half! && half! >= none!,
          "all right pays more than half, and half no less than nothing",
          {
            got: [none, half, all].map((paid) => t.text(paid)).join(", "),
          },
        );
      },
      "What do you want the agent to do? That, and nothing short of it, has to pay most.",
    ),
    check(
      "who never sends the form gets nothing",
      5,
      ({ formReward }, t) => {
        const shares = [0, 0, 0.5, 0.5, 1, 0.5, 1];
        const paid = shares.map((after, i) => formReward({ before: shares[i - 1] ?? 0, after, sent: false }));
        t.holds(t.sum(paid) <= 0, "seven turns of filling in, and no sending, pay nothing", {
          got: paid.map((each) => t.text(each)).join(", "),
        });
      },
      "What is paid on the way is there for the taking, with no need to go on to the end.",
    ),
    learns("the agent learns to order", 10, {
      seeds: [1, 2],
      atLeast: 0.75,
      measure: "forms sent as ordered (share of held-out episodes)",
      outcome: ({ formReward }, run) =>
        withWarmStart("form", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () =>
                withReward(makeEnvironment("form"), ({ before, after, terminated }) =>
                  formReward({
                    ...{ before: Number(before["filled"]), after: Number(after["filled"]) },
                    sent: terminated && after["bad_format"] !== true,
                  }),
                ),
              measuredIn: () => makeEnvironment("form"),
              ...{ policy, learningRate: 2e-3, updates: 70, prompts: 16, groupSize: 8, until: 0.9 },
            },
            run,
          ),
        ),
      hint: "Success is a form sent with everything right. Does your reward want the agent to send it, and to wait with that until it is right? A fine for a wrong form, or for each turn, is due long before the first right form: it teaches not to send any, or to send at once.",
    }),
  ],
  wrong: {
    "pays what gets right, as it gets right": "return after - before + (sent ? after : 0);",
    "pays for sending, right or not": "return sent ? 1 : 0;",
    "pays every turn": "return after;",
  },
});
