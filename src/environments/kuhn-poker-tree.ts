/**
 * The exact game theory of Kuhn poker, by enumeration of its tree: three cards, an ante of one each, one bet of one.
 *
 * An information set is named by what its player has seen, in the words of the player's context: "queen" is the first
 * player's at the start, "queen bet" the second player's after a bet.
 *
 * Rules and equilibria: H. W. Kuhn, "A simplified two-person poker" (1950), as retold in the article "Kuhn poker" of
 * Wikipedia, which is where the equilibrium family in the tests was taken from.
 */

/** From the lowest to the highest. */
export const cards = ["jack", "queen", "king"] as const;
export type Card = (typeof cards)[number];

export const bettingActions = ["pass", "bet"] as const;
export type BettingAction = (typeof bettingActions)[number];

/** The first and the second player's card. */
export type Deal = readonly [Card, Card];

/** The six deals, each as likely. */
export const deals: readonly Deal[] = cards.flatMap((first) =>
  cards.filter((second) => second !== first).map((second) => [first, second] as const),
);

/** Probability to bet (not to pass) in each information set. One record holds both players' sets. */
export type Strategy = Readonly<Record<string, number>>;

export interface InformationSet {
  /** The card and the actions so far, e.g. "jack pass bet". */
  key: string;
  player: 0 | 1;
}

/** The twelve information sets, six of each player. */
export const informationSets: readonly InformationSet[] = cards.flatMap((card) => [
  { key: card, player: 0 as const },
  { key: `${card} pass bet`, player: 0 as const },
  { key: `${card} pass`, player: 1 as const },
  { key: `${card} bet`, player: 1 as const },
]);

/** What the first player wins, in antes; the second loses as much. Undefined while the game goes on. */
export function payoff(deal: Deal, history: readonly BettingAction[]): number | undefined {
  const showdown = cards.indexOf(deal[0]) > cards.indexOf(deal[1]) ? 1 : -1;
  switch (history.join(" ")) {
    case "pass pass":
      return showdown;
    case "bet bet":
    case "pass bet bet":
      return 2 * showdown;
    case "bet pass":
      return 1;
    case "pass bet pass":
      return -1;
    default:
      return undefined;
  }
}

/** The name of the information set in which the player whose turn it is has to act. */
export function informationSet(deal: Deal, history: readonly BettingAction[]): string {
  return [deal[history.length % 2]!, ...history].join(" ");
}

/**
 * What the first player wins on average, in antes a game.
 *
 * @throws RangeError when a strategy lacks an information set of its player or holds no probability there.
 */
export function expectedValue(first: Strategy, second: Strategy): number {
  const value = (deal: Deal, history: readonly BettingAction[]): number => {
    const end = payoff(deal, history);
    if (end !== undefined) return end;
    const bet = betProbability(history.length % 2 === 0 ? first : second, informationSet(deal, history));
    // A branch that is never taken is not followed: what a strategy says there does not matter.
    return (
      (bet > 0 ? bet * value(deal, [...history, "bet"]) : 0) +
      (bet < 1 ? (1 - bet) * value(deal, [...history, "pass"]) : 0)
    );
  };
  return deals.reduce((sum, deal) => sum + value(deal, []) / deals.length, 0);
}

/**
 * The best that `player` can do against a known strategy: the best of the 64 pure strategies.
 *
 * @returns that strategy and what it wins for `player`, in antes a game.
 */
export function bestResponse(player: 0 | 1, against: Strategy): { value: number; strategy: Strategy } {
  const own = informationSets.filter((set) => set.player === player).map((set) => set.key);
  let best: { value: number; strategy: Strategy } = { value: -Infinity, strategy: {} };
  for (let choices = 0; choices < 2 ** own.length; choices++) {
    const strategy = Object.fromEntries(own.map((key, i) => [key, (choices >> i) & 1]));
    const value = player === 0 ? expectedValue(strategy, against) : -expectedValue(against, strategy);
    if (value > best.value) best = { value, strategy };
  }
  return best;
}

/**
 * How much a strategy for both seats loses on average to opponents who know it: NashConv / 2, the mean of what
 * the two best responses win, in antes a game. 0 for an equilibrium and only there; 11/24 ≈ 0.458 for a coin.
 */
export function exploitability(strategy: Strategy): number {
  return (bestResponse(0, strategy).value + bestResponse(1, strategy).value) / 2;
}

function betProbability(strategy: Strategy, key: string): number {
  const bet = strategy[key];
  if (bet !== undefined && bet >= 0 && bet <= 1) return bet;
  throw new RangeError(`The strategy must have a probability to bet at "${key}", not ${String(bet)}`);
}
