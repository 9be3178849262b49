import { describe, expect, it } from "vitest";
import { trajectoryView, type Figure } from "../../../src/figures/index.js";
import type { Trajectory } from "../../../src/rollout/trajectory.js";

const vocabulary = [
  "<bos>",
  "<obs>",
  "</obs>",
  "<call>",
  "</call>",
  "<eos>",
  "rain",
  "yes",
  "no",
  "<b>bold</b>",
];

/** Stretches of words: "context", "written" or "replayed", the latter two with a reward. */
function trajectory(
  parts: readonly [words: string, who: "context" | "written" | "replayed", reward?: number][],
  rest: Partial<Trajectory> = {},
): Trajectory {
  const tokens: number[] = [];
  const mask: number[] = [];
  const turns: Trajectory["turns"] = [];
  for (const [text, who, reward = 0] of parts) {
    const words = text.split(" ");
    const [start, end] = [tokens.length, tokens.length + words.length];
    if (who !== "context") turns.push({ start, end, reward, action: text, step: turns.length });
    tokens.push(...words.map((word) => vocabulary.indexOf(word)));
    mask.push(...words.map(() => (who === "written" ? 1 : 0)));
  }
  return {
    ...{ episode: 0, group: 0, agent: 0, context: 0, seed: 1 },
    tokens: Int32Array.from(tokens),
    mask: Uint8Array.from(mask),
    logProbs: Float32Array.from(mask, (written) => (written === 1 ? Math.log(0.5) : 0)),
    turns,
    ...{ return: 1, success: true, terminated: true, truncated: false, info: {} },
    ...rest,
  };
}

interface Boxes {
  type: string;
  base: number[];
  x: number[];
  y: number[];
  width: number | number[];
  text?: string[];
  hovertext: string[];
  visible: boolean;
  marker: { color: string[] };
}
const bars = (figure: Figure) => (figure.data as unknown as Boxes[]).filter((trace) => trace.type === "bar");
const lineNames = (figure: Figure) => (figure.layout["yaxis"] as { ticktext: string[] }).ticktext;

const episode = trajectory([
  ["<bos> rain", "context"],
  ["<call> rain </call>", "written"],
  ["<obs> yes </obs>", "context"],
  ["yes <eos>", "written", 1],
]);

describe("trajectoryView", () => {
  const figure = trajectoryView([episode], vocabulary);
  const [boxes] = bars(figure);

  it("draws every token once, a line a turn, and no box over another", () => {
    expect(boxes!.text).toEqual(
      Array.from(episode.tokens, (token) =>
        vocabulary[token]!.replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
      ),
    );
    expect(boxes!.y).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 2, 2]);
    expect(lineNames(figure)).toEqual(["prompt", "turn 1", "turn 2<br>reward 1"]);
    for (let i = 1; i < boxes!.x.length; i++) {
      if (boxes!.y[i] === boxes!.y[i - 1])
        expect(boxes!.base[i]!).toBeGreaterThan(boxes!.base[i - 1]! + boxes!.x[i - 1]!);
    }
  });

  it("colours by who wrote a token, and shades the policy's by probability", () => {
    const colours = boxes!.marker.color;
    const [prompt, policy, tool] = [colours[0], colours[2], colours[5]];
    expect(new Set([prompt, policy, tool]).size).toBe(3);
    expect(colours.map((colour) => [prompt, policy, tool].indexOf(colour))).toEqual([
      0, 0, 1, 1, 1, 2, 2, 2, 1, 1,
    ]);
    const surer = trajectoryView([{ ...episode, logProbs: new Float32Array(10) }], vocabulary);
    expect(bars(surer)[0]!.marker.color[2]).not.toBe(policy);
    expect(bars(surer)[0]!.marker.color[0]).toBe(prompt);
  });

  it("tells on hovering the probability and the mask, and the advantage when given", () => {
    expect(boxes!.hovertext[2]).toContain("with probability .50<br>mask 1");
    expect(boxes!.hovertext[0]).toContain("prompt (mask 0)");
    const advantages = Float32Array.from(episode.mask, (written, i) => (written === 1 ? i - 3 : 0));
    const [tokens, strips] = bars(trajectoryView([episode], vocabulary, { advantages: [advantages] }));
    expect(tokens!.hovertext[2]).toContain("advantage −1");
    expect(tokens!.hovertext[0]).not.toContain("advantage");
    // Written are columns 2, 3, 4, 8, 9; the advantage of 3 is zero and has no bar.
    expect(strips!.hovertext).toHaveLength(4);
    const thickness = strips!.width as number[];
    expect(thickness[3]).toBeGreaterThan(thickness[0]!);
    expect(strips!.marker.color[0]).not.toBe(strips!.marker.color[3]);
  });

  it("wraps a long turn", () => {
    const long = trajectory([
      ["<bos>", "context"],
      [Array(60).fill("rain").join(" "), "written"],
    ]);
    const [wrapped] = bars(trajectoryView([long], vocabulary));
    expect(Math.max(...wrapped!.base.map((base, i) => base + wrapped!.x[i]!))).toBeLessThanOrEqual(74);
    const names = lineNames(trajectoryView([long], vocabulary));
    expect(names.slice(0, 3)).toEqual(["prompt", "turn 1", ""]);
  });

  it("a replayed action is not the policy's", () => {
    const replayed = trajectory([
      ["<bos>", "context"],
      ["<call> rain </call>", "replayed"],
      ["<obs> yes </obs>", "context"],
      ["yes", "written"],
    ]);
    const view = trajectoryView([replayed], vocabulary);
    expect(view.alt).toContain("replayed: <call> rain </call>; environment: <obs> yes </obs>; policy: yes.");
    expect(bars(view)[0]!.hovertext[1]).toContain("replayed action (mask 0)");
  });

  it("steps through snapshots: each step shows its own boxes, lines and summary", () => {
    const failure = trajectory(
      [
        ["<bos> rain", "context"],
        ["no", "written"],
      ],
      { success: false, return: 0 },
    );
    const stepped = trajectoryView(
      [
        { update: 0, trajectory: failure },
        { update: 40, trajectory: episode },
      ],
      vocabulary,
    );
    expect(stepped.title).toBe(
      "From update 0, no success (token probability .50), to update 40, success (token probability .50)",
    );
    expect(bars(stepped).map(({ visible }) => visible)).toEqual([true, false]);
    const [slider] = stepped.layout["sliders"] as {
      steps: { label: string; args: [{ visible: boolean[] }, Record<string, unknown>] }[];
    }[];
    expect(slider!.steps.map(({ label }) => label)).toEqual(["0", "40"]);
    const [restyled, relaid] = slider!.steps[1]!.args;
    expect(restyled.visible).toHaveLength(stepped.data.length);
    expect(restyled.visible.slice(0, 2)).toEqual([false, true]);
    expect(relaid["yaxis.ticktext"]).toEqual(["prompt", "turn 1", "turn 2<br>reward 1"]);
    expect(relaid["title.subtitle.text"]).toContain(
      "Update 40: success, return 1; 5 of 10 tokens by the policy",
    );
    expect(stepped.alt).toContain("prompt: <bos> rain; policy: no.");
    expect(stepped.alt).toContain(
      "policy: <call> rain </call>; environment: <obs> yes </obs>; policy: yes <eos>.",
    );
  });

  it("shows the contexts of one episode together: agents of a game, fresh contexts", () => {
    const part = (rest: Partial<Trajectory>) =>
      trajectory(
        [
          ["<bos>", "context"],
          ["yes", "written"],
        ],
        rest,
      );
    const game = trajectoryView(
      [part({ agent: 0 }), part({ agent: 1, success: false, return: -1 })],
      vocabulary,
    );
    expect(game.layout["sliders"]).toBeUndefined();
    expect(lineNames(game)).toEqual([
      "agent 0: prompt",
      "agent 0: turn 1",
      "agent 1: prompt",
      "agent 1: turn 1",
    ]);
    expect(game.title).toBe("Episode 0: agent 0 success, return 1; agent 1 no success, return −1");
    const notes = trajectoryView([part({ context: 0 }), part({ context: 1 })], vocabulary);
    expect(lineNames(notes)).toEqual(["prompt", "turn 1", "prompt", "turn 2"]);
    expect(trajectoryView([episode, { ...episode, episode: 1, success: false }], vocabulary).title).toBe(
      "1 of 2 episodes with success",
    );
  });

  it.each<[string, () => unknown, string]>([
    ["nothing", () => trajectoryView([], vocabulary), "there are no trajectories"],
    [
      "a short mask",
      () => trajectoryView([{ ...episode, mask: new Uint8Array(3) }], vocabulary),
      "trajectory 0: mask has length 3, but there are 10 tokens",
    ],
    [
      "another vocabulary",
      () => trajectoryView([episode], ["<bos>"]),
      "token 6 at column 1 is not in the vocabulary of 1 words; is it this policy's vocabulary?",
    ],
    [
      "a turn outside",
      () =>
        trajectoryView(
          [{ ...episode, turns: [{ start: 2, end: 11, reward: 0, action: "", step: 0 }] }],
          vocabulary,
        ),
      "turn 0 spans columns 2 to 11",
    ],
    [
      "advantages of others",
      () =>
        trajectoryView([episode], vocabulary, { advantages: [new Float32Array(10), new Float32Array(10)] }),
      "advantages has 2 arrays for 1 trajectory",
    ],
    [
      "short advantages",
      () => trajectoryView([{ update: 0, trajectory: episode, advantages: [1] }], vocabulary),
      "advantages has length 1",
    ],
  ])("refuses %s", (_, draw, message) => {
    expect(draw).toThrow(message);
  });
});
