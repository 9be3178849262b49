import { beforeAll, describe, expect, it } from "vitest";
import { makeEnvironment } from "../../../src/environments/index.js";
import { paradigms, type Figure, type RecordedEpisode } from "../../../src/figures/index.js";
import { rollout } from "../../../src/rollout/index.js";
import { warmStartPolicy } from "../../../src/training/index.js";

let [once, loop]: RecordedEpisode[] = [];
beforeAll(async () => {
  const policy = await warmStartPolicy("weather");
  const play = async (tool: boolean, turns: number): Promise<RecordedEpisode> => {
    const trajectories = await rollout({
      environment: () => makeEnvironment("weather", { tool }),
      ...{ policy, seed: 1, requests: Array.from({ length: 32 }, (_, seed) => ({ seed })) },
    });
    const trajectory = trajectories.find((each) => each.turns.length === turns && !each.info["bad_format"])!;
    return { trajectory, vocabulary: policy.vocabulary.words, environment: "weather", policy: "warm start" };
  };
  [once, loop] = [await play(false, 1), await play(true, 2)];
  policy.dispose();
});

const texts = (figure: Figure) =>
  (figure.layout["annotations"] as { text: string }[]).map(({ text }) => text.replace(/<[^>]+>/g, ""));
const product = ({ trajectory: { logProbs, mask } }: RecordedEpisode) =>
  Math.exp(logProbs.reduce((sum, value, i) => sum + (mask[i] === 1 ? value : 0), 0));
const share = (value: number) => value.toFixed(2).replace(/^0/, "");

describe("the two paradigms", () => {
  it("are drawn from the episodes: every turn, its probability, the history before it", () => {
    const figure = paradigms({ traditional: once!, agentic: loop! });
    const shown = texts(figure);
    expect(shown).toContain(`P(text | prompt) = ${share(product(once!))}`);
    expect(shown).toContain(`∏ π(aₜ | sₜ, hₜ) = ${share(product(loop!))}`);
    expect(shown).toEqual(expect.arrayContaining(["h₀ = o₀", "h₁ = o₀ a₀ o₁", "π(a₁ | s₁, h₁)"]));
    for (const { action } of loop!.trajectory.turns) {
      const words = action.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(shown.filter((text) => text.includes(words))).toHaveLength(1);
    }
    expect(figure.title).toBe(
      `One response: return ${once!.trajectory.return}. A loop of 2 turns: return ${loop!.trajectory.return}`,
    );
    expect(figure.alt).toContain(`turns: 1; 2.`);
  });

  it("count what was read after the first act", () => {
    const { mask, turns } = loop!.trajectory;
    const read = [...mask].filter((written, i) => i >= turns[0]!.end && written === 0).length;
    expect(read).toBeGreaterThan(0);
    expect(paradigms({ traditional: once!, agentic: loop! }).alt).toContain(
      `tokens read after its first act: 0; ${read}.`,
    );
  });

  it("fit a notebook beside the file browser in a window of 1280 pixels, every label on the sheet", () => {
    const { layout } = paradigms({ traditional: once!, agentic: loop! });
    expect(layout["width"]).toBeLessThanOrEqual(845);
    const [, right] = (layout["xaxis"] as { range: [number, number] }).range;
    const labels = layout["annotations"] as {
      text: string;
      x: number;
      xanchor?: string;
      font?: { size: number };
    }[];
    for (const { text, x, xanchor, font } of labels) {
      // Wider than any text of the figures' typeface.
      const wide = text.replace(/<[^>]+>/g, "").length * 0.6 * (font?.size ?? 12);
      const start = xanchor === "center" ? x - wide / 2 : xanchor === "right" ? x - wide : x;
      expect(start, text).toBeGreaterThanOrEqual(0);
      expect(text === "" ? x : start + wide, text).toBeLessThanOrEqual(right);
    }
  });

  it("take a title", () => {
    expect(paradigms({ traditional: once!, agentic: loop! }, { title: "Mine" }).title).toBe("Mine");
  });

  it("refuse a response of several turns, and contexts that are not one", () => {
    expect(() => paradigms({ traditional: loop!, agentic: once! })).toThrow("has 2 turns");
    const second = { ...loop!, trajectory: { ...loop!.trajectory, context: 1 } };
    expect(() => paradigms({ traditional: once!, agentic: second })).toThrow(
      "paradigms(), agentic: the episode must be one agent's",
    );
  });
});
