import { assertSeed, Random } from "../random.js";
import { inPlay } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { pay } from "./game.js";
import { bettingActions, cards, deals, payoff, type BettingAction, type Deal } from "./kuhn-poker-tree.js";

export interface KuhnPokerOptions {
  cards: boolean;
}

interface Game {
  over: boolean;
  deal: Deal;
  history: BettingAction[];
  moves: number;
}

const about = {
  id: "kuhn-poker",
  title: "Poker with three cards: both players are agents and hide theirs",
  capability: "interaction",
  domain: "multi-agent",
} as const;

/**
 * # kuhn-poker
 *
 * The smallest poker there is: three cards, two players, an ante of one each, one bet of one. Who holds the jack or
 * the king gives it away by playing honestly, so the best play bluffs and calls at random, in the right
 * proportions. It teaches several agents and hidden information: self-play, with a policy that must not be predictable.
 *
 * - **Observation**: the first player (agent 0) is shown its card, `queen`; the second its card and what the first
 *   did, `king pass`; from then on each is shown what the other did. Each agent has a context of its own, which
 *   is its information set.
 * - **Action**: one word, `pass` or `bet`. After a bet, `pass` folds and `bet` calls.
 * - **Reward**, in antes, to each agent at the end: after two passes the higher card wins 1, after a bet and a call
 *   2; after a bet and a pass the one who bet wins 1. Another word loses 2 to the other (then the observation
 *   is `illegal`).
 * - **Start**: two different cards, each of the six deals as likely. **End**: after two or three actions.
 *
 * **Options.** `cards: false`: the agents see `hidden` instead of their cards.
 *
 * **info**: `success`, `success_0`, `success_1` (whether that agent won chips; without a number, agent 0), `chips` (what
 * agent 0 won), `moves`, `illegal`.
 *
 * **Success is not the goal.** One of the two wins every game, so the success of self-play is about one half however
 * well it is played. What counts is exploitability (`kuhn-poker-tree.ts`): how much the agents lose to opponents
 * who know their strategy. A coin's is 11/24 ≈ 0.458 antes a game, an equilibrium's 0 (it costs the first player
 * 1/18 a game). A strategy that does not look at its
 * card loses at least 1/3 (the least over a grid of them).
 *
 * **Held out**: nothing: there are six deals and twelve information sets.
 *
 * **Weak policy**: `pass` or `bet`, each as likely.
 *
 * **Source**: H. W. Kuhn, "A simplified two-person poker", Contributions to the Theory of Games I (1950).
 */
export class KuhnPoker implements Environment {
  readonly spec: EnvironmentSpec;
  private game: Game | undefined;

  constructor(private readonly options: KuhnPokerOptions) {
    this.spec = {
      ...about,
      tools: [],
      horizon: 2,
      vocabulary: [...cards, ...bettingActions, "hidden", "illegal"],
      // <bos>, the card, three actions, and a last observation.
      contextLength: 6,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: 2,
      returnRange: [-2, 2],
      heldOut: "nothing: there are six deals",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const deal = new Random(seed).choice(deals);
    this.game = { over: false, deal, history: [], moves: 0 };
    return { observation: this.card(this.game, 0), info: this.info(this.game) };
  }

  step(action: string): StepResult {
    const game = inPlay(this.spec, this.game);
    const { deal, history } = game;
    const player = history.length % 2 === 0 ? 0 : 1;
    const other = player === 0 ? 1 : 0;
    const word = bettingActions.find((each) => each === action.trim());
    game.moves += 1;
    if (word === undefined) return this.end(game, player, player, "illegal", player === 0 ? -2 : 2);
    history.push(word);
    const chips = payoff(deal, history);
    if (chips !== undefined) return this.end(game, player, other, word, chips);
    return {
      observation: history.length === 1 ? `${this.card(game, 1)} ${word}` : word,
      ...pay(true, player, other, [0, 0]),
      terminated: false,
      truncated: false,
      info: this.info(game),
    };
  }

  demonstrate(random: Random): string {
    return random.choice(bettingActions);
  }

  private card({ deal }: Game, player: 0 | 1): string {
    return this.options.cards ? deal[player] : "hidden";
  }

  private end(game: Game, player: 0 | 1, shown: 0 | 1, observation: string, chips: number): StepResult {
    game.over = true;
    return {
      observation,
      ...pay(true, player, shown, [chips, -chips]),
      terminated: true,
      truncated: false,
      info: this.info(game, chips, observation === "illegal"),
    };
  }

  private info({ moves }: Game, chips = 0, illegal = false): Info {
    const success = chips > 0;
    return { success, success_0: success, success_1: chips < 0, chips, moves, illegal: Number(illegal) };
  }
}

export const kuhnPoker: EnvironmentDefinition<KuhnPokerOptions> = {
  ...about,
  defaults: { cards: true },
  optionDocs: { cards: "false: the agents do not see their own cards" },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 100, learningRate: 1e-3 },
    // Entropy and a slow-moving reference: without them self-play chases itself from one pure strategy to the next.
    algorithm: "magnet",
    learningRate: 1e-3,
    updates: 200,
    prompts: 6,
    groupSize: 16,
  },
  baselines: [
    // Who does not know its own card cannot play a good hand otherwise than a bad one.
    { name: "the own card is hidden", options: { cards: false } },
  ],
  create: (options) => new KuhnPoker(options),
};
