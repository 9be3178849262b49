import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  bestResponse,
  bettingActions,
  deals,
  expectedValue,
  exploitability,
  informationSet,
  informationSets,
  payoff,
  type BettingAction,
  type Strategy,
} from "../../../src/environments/kuhn-poker-tree.js";

/** The equilibria: the first player bets the jack with a probability from 0 to 1/3 and the king three times as often. */
function equilibrium(alpha: number): Strategy {
  return {
    jack: alpha,
    queen: 0,
    king: 3 * alpha,
    "jack pass bet": 0,
    "queen pass bet": alpha + 1 / 3,
    "king pass bet": 1,
    "jack pass": 1 / 3,
    "queen pass": 0,
    "king pass": 1,
    "jack bet": 0,
    "queen bet": 1 / 3,
    "king bet": 1,
  };
}

const strategies = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 })
  .map((bets): Strategy => Object.fromEntries(informationSets.map(({ key }, i) => [key, bets[i]!])));

const coin: Strategy = Object.fromEntries(informationSets.map(({ key }) => [key, 0.5]));

/** Best response by backward induction over information sets, instead of by trying pure strategies. */
function bestResponseByInduction(player: 0 | 1, against: Strategy): number {
  /** Deals that are left, weighted by the chance that they and the other's actions got here. */
  const value = (
    weighted: readonly (readonly [number, number])[],
    history: readonly BettingAction[],
  ): number => {
    const ends = payoff(deals[0]!, history) !== undefined;
    if (ends) {
      const sign = player === 0 ? 1 : -1;
      return weighted.reduce((sum, [i, weight]) => sum + sign * weight * payoff(deals[i]!, history)!, 0);
    }
    if (history.length % 2 !== player) {
      return bettingActions.reduce((sum, action) => {
        const next = weighted.map(([i, weight]) => {
          const bet = against[informationSet(deals[i]!, history)]!;
          return [i, weight * (action === "bet" ? bet : 1 - bet)] as const;
        });
        return sum + value(next, [...history, action]);
      }, 0);
    }
    // One decision for all deals in which the own card is the same.
    let sum = 0;
    for (const key of new Set(weighted.map(([i]) => informationSet(deals[i]!, history)))) {
      const alike = weighted.filter(([i]) => informationSet(deals[i]!, history) === key);
      sum += Math.max(...bettingActions.map((action) => value(alike, [...history, action])));
    }
    return sum;
  };
  return value(
    deals.map((_, i) => [i, 1 / deals.length] as const),
    [],
  );
}

describe("the tree of Kuhn poker", () => {
  it("has twelve information sets, six deals and five ends", () => {
    const reached = new Set<string>();
    const ends = new Set<string>();
    const visit = (history: readonly BettingAction[]): void => {
      for (const deal of deals) {
        if (payoff(deal, history) !== undefined) ends.add(history.join(" "));
        else reached.add(informationSet(deal, history));
      }
      if (payoff(deals[0]!, history) === undefined) {
        for (const action of bettingActions) visit([...history, action]);
      }
    };
    visit([]);
    expect(deals).toHaveLength(6);
    expect(ends).toEqual(new Set(["pass pass", "pass bet pass", "pass bet bet", "bet pass", "bet bet"]));
    expect(reached).toEqual(new Set(informationSets.map(({ key }) => key)));
    expect(informationSets.map(({ key, player }) => (key.split(" ").length - 1) % 2 === player)).toEqual(
      Array(12).fill(true),
    );
  });

  it("pays the higher card, or who bet when the other folds", () => {
    expect(payoff(["king", "jack"], ["pass", "pass"])).toBe(1);
    expect(payoff(["queen", "king"], ["pass", "pass"])).toBe(-1);
    expect(payoff(["king", "queen"], ["bet", "bet"])).toBe(2);
    expect(payoff(["jack", "queen"], ["pass", "bet", "bet"])).toBe(-2);
    expect(payoff(["jack", "king"], ["bet", "pass"])).toBe(1);
    expect(payoff(["king", "jack"], ["pass", "bet", "pass"])).toBe(-1);
    expect(payoff(["king", "jack"], ["pass", "bet"])).toBeUndefined();
  });

  it("is worth −1/18 to the first player in every equilibrium, which nobody can exploit", () => {
    for (const alpha of [0, 0.1, 0.2, 1 / 3]) {
      const strategy = equilibrium(alpha);
      expect(expectedValue(strategy, strategy)).toBeCloseTo(-1 / 18, 12);
      expect(bestResponse(0, strategy).value).toBeCloseTo(-1 / 18, 12);
      expect(bestResponse(1, strategy).value).toBeCloseTo(1 / 18, 12);
      expect(exploitability(strategy)).toBeCloseTo(0, 12);
    }
    // Off the family: never bluffing, or bluffing more than a third of the time.
    expect(exploitability({ ...equilibrium(0), "jack pass": 0 })).toBeGreaterThan(0.01);
    expect(exploitability({ ...equilibrium(1 / 3), jack: 0.5 })).toBeGreaterThan(0.01);
  });

  it("says how much a coin loses", () => {
    expect(exploitability(coin)).toBeCloseTo(11 / 24, 12);
  });

  it("finds the same best responses as backward induction, and they win what they promise", () => {
    fc.assert(
      fc.property(strategies, (strategy) => {
        for (const player of [0, 1] as const) {
          const { value, strategy: best } = bestResponse(player, strategy);
          expect(value).toBeCloseTo(bestResponseByInduction(player, strategy), 10);
          const played = player === 0 ? expectedValue(best, strategy) : -expectedValue(strategy, best);
          expect(played).toBeCloseTo(value, 10);
        }
        expect(exploitability(strategy)).toBeGreaterThan(-1e-12);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it("loses at least 1/3 when it does not look at its cards", () => {
    let least = Infinity;
    const steps = [0, 0.4, 0.8, 1];
    for (const first of steps) {
      for (const call of steps) {
        for (const passed of steps) {
          for (const called of steps) {
            const blind = informationSets.map(({ key }): [string, number] => {
              const history = key.split(" ").slice(1).join(" ");
              return [key, { "": first, "pass bet": call, pass: passed, bet: called }[history]!];
            });
            least = Math.min(least, exploitability(Object.fromEntries(blind)));
          }
        }
      }
    }
    expect(least).toBeCloseTo(1 / 3, 12);
  });

  it("refuses a strategy with a hole", () => {
    const rest = Object.fromEntries(Object.entries(coin).filter(([key]) => key !== "queen bet"));
    expect(() => expectedValue(coin, rest)).toThrow(
      'The strategy must have a probability to bet at "queen bet", not undefined',
    );
    expect(() => expectedValue(coin, { ...coin, "king pass": 1.5 })).toThrow('"king pass", not 1.5');
  });
});
