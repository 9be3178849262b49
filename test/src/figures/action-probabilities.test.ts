import { describe, expect, it } from "vitest";
import { actionProbabilities } from "../../../src/figures/index.js";

const table = {
  states: ["1 stone", "2 stones", "4 stones"],
  actions: ["take 1", "take 2"],
  probabilities: [
    [1, null],
    [0.7, 0.3],
    [0.5, 0.5],
  ],
  optimal: [["take 1"], ["take 2"], []],
};

describe("actionProbabilities", () => {
  const figure = actionProbabilities(table);

  it("draws and prints every probability; what is not allowed stays empty", () => {
    expect(figure.data[0]).toMatchObject({
      z: table.probabilities,
      text: [
        ["1.00", ""],
        [".70", ".30"],
        [".50", ".50"],
      ],
    });
  });

  it("frames the best actions and counts where the likeliest is one", () => {
    const frames = figure.layout["shapes"] as { x0: number; x1: number; y0: number; y1: number }[];
    expect(frames.map(({ x0, x1, y0, y1 }) => [(x0 + x1) / 2, (y0 + y1) / 2])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(figure.title).toBe("The likeliest action is a best one in 1 of 2 states");
    expect(figure.alt).toContain("2 stones: take 1 .70, take 2 .30; best: take 2.");
  });

  it("of long rows speaks the three largest", () => {
    const actions = Array.from({ length: 12 }, (_, i) => `to ${i}`);
    const alt = actionProbabilities({
      states: ["start"],
      actions,
      probabilities: [actions.map((_, i) => (i === 4 ? 0.5 : i === 7 ? 0.3 : 0.01))],
    }).alt;
    expect(alt).toContain("start: to 4 .50, to 7 .30, to 0 .01, 9 others.");
  });

  it("without best actions says how decided the policy is", () => {
    const { states, actions, probabilities } = table;
    expect(actionProbabilities({ states, actions, probabilities }).title).toBe(
      "One action has probability .90 or more in 1 of 3 states",
    );
  });

  it.each<[string, object, string]>([
    ["no states", { states: [], probabilities: [], optimal: [] }, "states is empty"],
    ["twins", { actions: ["a", "a"] }, 'actions names "a" twice'],
    ["too few rows", { probabilities: [[1, 0]] }, "probabilities has 1 row for 3 states"],
    ["a short row", { probabilities: [[1], [1, 0], [1, 0]] }, '"1 stone" has 1 entry for 2 actions'],
    [
      "no probability",
      {
        probabilities: [
          [1, NaN],
          [1, 0],
          [1, 0],
        ],
      },
      "between 0 and 1, got NaN",
    ],
    [
      "a sum over 1",
      {
        probabilities: [
          [0.9, 0.9],
          [1, 0],
          [1, 0],
        ],
      },
      "sum to 1.8, more than 1",
    ],
    ["an unknown best action", { optimal: [["take 3"], [], []] }, '"take 3", which is not among the actions'],
  ])("refuses %s", (_, change, message) => {
    expect(() => actionProbabilities({ ...table, ...change })).toThrow(message);
  });
});
