import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { pay, requireOpponent } from "./game.js";

export interface NimOptions {
  stones: number;
  opponent: string;
  board: boolean;
}

interface Game {
  over: boolean;
  stones: number;
  /** Whose turn it is: always 0 unless both players are agents. */
  player: 0 | 1;
  moves: number;
  /** The opponent's dice. */
  random: Random;
}

const about = {
  id: "nim",
  title: "Take one to three stones in turn; who takes the last one wins",
  capability: "planning",
  domain: "multi-agent",
} as const;

/**
 * # nim
 *
 * Two players in turn take one, two or three stones from a heap; who takes the last stone wins. It teaches
 * planning against an opponent: only the last move is rewarded, and the rule that wins (leave a multiple of
 * four) has to be found back from there.
 *
 * - **Observation**: the stones left, one word, e.g. `7`; it comes after the opponent's move. At the end
 *   `0`, or `illegal`.
 * - **Action**: one word, `take-1`, `take-2` or `take-3`.
 * - **Reward**: 1 for taking the last stone, else 0. Another word, or more than there are, loses at once.
 * - **Start**: a heap of 5 to `stones` that is no multiple of four, each size as likely; the agent moves first.
 * - **End**: no stones left, or an illegal move.
 *
 * **Options.** `stones`: the largest heap (12). `opponent`: "random" takes one to three, each as likely;
 * "optimal" leaves a multiple of four where it can, else plays at random; "self" makes both players agents, each
 * with a context of its own, the winner's reward 1 and the loser's 0 (who moves illegally loses).
 * `board: false`: the agent is shown `hidden` instead of the number.
 *
 * **info**: `success` (agent 0 won; `success_0` and `success_1` in self-play), `moves` (by the agents),
 * `illegal` (1 when an illegal move ended the game).
 *
 * **Held out**: only seeds. Thirteen heap sizes are the whole game, so a policy may well learn them by heart.
 *
 * **Optimum and chance.** A heap that is no multiple of four is won against anyone: optimum 1. Chance is the best
 * that can be done without seeing the heap (`board: false`), the best fixed list of takes by enumeration
 * against the random player: 23/54 = 0.426.
 *
 * **Weak policy**: `take-1`, `take-2` or `take-3`, each as likely, allowed or not; it wins about 0.27.
 *
 * **Source**: the subtraction game, an ancestor of Nim: C. L. Bouton, "Nim, a game with a complete mathematical
 * theory", Annals of Mathematics 3 (1901).
 */
export class Nim implements Environment {
  readonly spec: EnvironmentSpec;
  private game: Game | undefined;

  constructor(private readonly options: NimOptions) {
    const { stones, opponent, board } = options;
    requireWhole("stones", stones, 5, 99);
    requireOpponent(opponent);
    const largestStart = stones % 4 === 0 ? stones - 1 : stones;
    const turns = Math.ceil(largestStart / 2);
    this.spec = {
      ...about,
      tools: [],
      horizon: turns,
      vocabulary: [
        ...Array.from({ length: stones + 1 }, (_, i) => String(i)),
        "take-1",
        "take-2",
        "take-3",
        "hidden",
        "illegal",
      ],
      // <bos>, a number before and a word for each turn, and a last observation.
      contextLength: 2 + 2 * turns,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: opponent === "self" ? 2 : 1,
      returnRange: [0, 1],
      ...(opponent !== "self" && board ? { optimum: 1 } : {}),
      ...(opponent === "random" && stones === 12 ? { chance: 23 / 54 } : {}),
      heldOut: "seeds only: there are as many states as stones",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const starts = Array.from({ length: this.options.stones - 4 }, (_, i) => i + 5).filter(
      (n) => n % 4 !== 0,
    );
    this.game = { over: false, stones: random.choice(starts), player: 0, moves: 0, random };
    return { observation: this.show(this.game), info: this.info(this.game) };
  }

  step(action: string): StepResult {
    const game = inPlay(this.spec, this.game);
    const { player } = game;
    const take = ["take-1", "take-2", "take-3"].indexOf(action.trim()) + 1;
    game.moves += 1;
    if (take === 0 || take > game.stones) return this.end(game, player === 0 ? 1 : 0, true);
    game.stones -= take;
    if (game.stones === 0) return this.end(game, player, false);
    if (this.options.opponent === "self") game.player = player === 0 ? 1 : 0;
    else {
      game.stones -= this.reply(game);
      if (game.stones === 0) return this.end(game, 1, false);
    }
    return {
      observation: this.show(game),
      ...pay(this.spec.agents === 2, player, game.player, [0, 0]),
      terminated: false,
      truncated: false,
      info: this.info(game),
    };
  }

  demonstrate(random: Random): string {
    return `take-${random.between(1, 3)}`;
  }

  private reply({ stones, random }: Game): number {
    const winning = stones % 4;
    if (this.options.opponent === "optimal" && winning !== 0) return winning;
    return random.between(1, Math.min(3, stones));
  }

  private end(game: Game, winner: 0 | 1, illegal: boolean): StepResult {
    game.over = true;
    const loser = winner === 0 ? 1 : 0;
    return {
      observation: illegal ? "illegal" : "0",
      ...pay(
        this.spec.agents === 2,
        game.player,
        illegal ? game.player : loser,
        winner === 0 ? [1, 0] : [0, 1],
      ),
      terminated: true,
      truncated: false,
      info: this.info(game, winner, illegal),
    };
  }

  private show({ stones }: Game): string {
    return this.options.board ? String(stones) : "hidden";
  }

  private info({ moves }: Game, winner?: 0 | 1, illegal = false): Info {
    return {
      success: winner === 0,
      ...(this.spec.agents === 2 ? { success_0: winner === 0, success_1: winner === 1 } : {}),
      moves,
      illegal: Number(illegal),
    };
  }
}

export const nim: EnvironmentDefinition<NimOptions> = {
  ...about,
  defaults: { stones: 12, opponent: "random", board: true },
  optionDocs: {
    stones: "the largest heap that a game starts from, 5 to 99",
    opponent: '"random", "optimal", or "self": both players are agents',
    board: "false: the number of stones is hidden",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 60, learningRate: 1e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 100,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [
    // Without the number nothing tells the positions apart in which the same take wins and loses.
    { name: "the heap is hidden", options: { board: false } },
  ],
  create: (options) => new Nim(options),
};
