import { describe, expect, it } from "vitest";

import { deals, expectedValue, informationSets } from "../../../src/environments/kuhn-poker-tree.js";
import { KuhnPoker } from "../../../src/environments/kuhn-poker.js";
import { Random } from "../../../src/random.js";

const defaults = { cards: true };

/** A seed that deals these cards; the second one shows after a pass. */
function seedOf(first: string, second: string): number {
  const game = new KuhnPoker(defaults);
  for (let seed = 0; ; seed++) {
    if (game.reset({ seed }).observation !== first) continue;
    if (game.step("pass").observation === `${second} pass`) return seed;
  }
}

describe("kuhn-poker", () => {
  it("shows each agent its own card and what the other did", () => {
    const game = new KuhnPoker(defaults);
    const seed = seedOf("queen", "king");
    expect(game.reset({ seed })).toMatchObject({ observation: "queen", info: { success: false, moves: 0 } });
    expect(game.step("pass")).toMatchObject({ observation: "king pass", agent: 1, rewards: [0, 0] });
    expect(game.step("bet")).toMatchObject({ observation: "bet", agent: 0, reward: 0, rewards: [0, 0] });
    expect(game.step("bet")).toEqual({
      observation: "bet",
      agent: 1,
      reward: -2,
      rewards: [-2, 2],
      terminated: true,
      truncated: false,
      info: { success: false, success_0: false, success_1: true, chips: -2, moves: 3, illegal: 0 },
    });
  });

  it("ends with a fold, a call or two passes", () => {
    const game = new KuhnPoker(defaults);
    const seed = seedOf("king", "jack");
    const last = (...actions: string[]) => {
      game.reset({ seed });
      return actions.map((action) => game.step(action)).at(-1);
    };
    expect(last("pass", "pass")).toMatchObject({ rewards: [1, -1], reward: -1, terminated: true });
    expect(last("bet", "pass")).toMatchObject({ rewards: [1, -1], reward: -1, terminated: true });
    expect(last("bet", "bet")).toMatchObject({ rewards: [2, -2], reward: -2, info: { success: true } });
    expect(last("pass", "bet", "pass")).toMatchObject({ rewards: [-1, 1], reward: -1 });
    expect(last("raise")).toMatchObject({
      observation: "illegal",
      rewards: [-2, 2],
      reward: -2,
      agent: 0,
      info: { success_1: true, illegal: 1 },
    });
    expect(last("bet", "")).toMatchObject({ observation: "illegal", rewards: [2, -2], agent: 1 });
  });

  it("deals the six deals alike and pays what the tree expects", () => {
    const game = new KuhnPoker(defaults);
    const random = new Random(3);
    const games = 6000;
    const seen = new Map<string, number>();
    let chips = 0;
    for (let seed = 0; seed < games; seed++) {
      const first = game.reset({ seed }).observation;
      let result = game.step(game.demonstrate(random));
      const deal = `${first} ${result.observation.split(" ")[0]!}`;
      seen.set(deal, (seen.get(deal) ?? 0) + 1);
      while (!result.terminated) result = game.step(game.demonstrate(random));
      chips += Number(result.info["chips"]);
    }
    expect([...seen.keys()].sort()).toEqual(deals.map((deal) => deal.join(" ")).sort());
    for (const count of seen.values()) expect(Math.abs(count - games / 6)).toBeLessThan(120);
    const coin = Object.fromEntries(informationSets.map(({ key }) => [key, 0.5]));
    expect(Math.abs(chips / games - expectedValue(coin, coin))).toBeLessThan(0.08);
  });

  it("hides the cards on request", () => {
    const game = new KuhnPoker({ cards: false });
    expect(game.reset({ seed: 1 }).observation).toBe("hidden");
    expect(game.step("bet").observation).toBe("hidden bet");
  });
});
