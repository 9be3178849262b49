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
import { pay, requireOpponent } from "./game.js";

export interface TicTacToeOptions {
  opponent: string;
  board: boolean;
}

/** The words of the nine cells, row by row. */
export const cells = [
  "top-left",
  "top",
  "top-right",
  "left",
  "centre",
  "right",
  "bottom-left",
  "bottom",
  "bottom-right",
] as const;

/** What stands in a cell: 0 nothing, 1 the first player's X, 2 the second player's O. */
export type Mark = 0 | 1 | 2;

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

export function hasWon(board: readonly Mark[], mark: 1 | 2): boolean {
  return lines.some((line) => line.every((cell) => board[cell] === mark));
}

export function freeCells(board: readonly Mark[]): number[] {
  return [...board.keys()].filter((cell) => board[cell] === 0);
}

interface Game {
  over: boolean;
  board: Mark[];
  /** Whose turn it is: always 0 unless both players are agents. */
  player: 0 | 1;
  moves: number;
  /** The opponent's dice. */
  random: Random;
}

const about = {
  id: "tic-tac-toe",
  title: "Three in a row, told only the other player's moves",
  capability: "planning",
  domain: "multi-agent",
} as const;

/**
 * # tic-tac-toe
 *
 * Three in a row on a board of three by three. It teaches planning against an opponent and keeping the board in
 * mind: the agent is told only the other player's last move, as in a game of chess played by letter.
 *
 * - **Observation**: first `X`, the mark that the agent plays; then the cell the opponent took, e.g. `centre`.
 *   At the end the opponent's last cell, `won`, `drawn` or `illegal`.
 * - **Action**: one word, the cell to take: `top-left`, `top`, `top-right`, `left`, `centre`, `right`,
 *   `bottom-left`, `bottom`, `bottom-right`.
 * - **Reward**: 1 for three in a row, 0.3 for a draw, −1 for a loss. A cell that is taken, or another word,
 *   loses at once.
 * - **Start**: the empty board; the agent moves first.
 * - **End**: three in a row, a full board, or an illegal move.
 *
 * **Options.** `opponent`: "random" takes any free cell, each as likely; "optimal" plays by full search, at random
 * among its best moves; "self" makes both players agents, each with a context of its own (the second is told
 * `O` and the first move); a draw then pays 0, and who moves illegally loses to the other.
 * `board: false`: the agent is told `hidden` instead of the opponent's move.
 *
 * **info**: `success`, `moves` (by the agents), `illegal`, `draw`, `lost` (0 or 1 each). Success is a win by agent 0;
 * against the optimal player, from whom nobody wins, it is a draw. Self-play adds `success_0` and `success_1`.
 *
 * **Held out**: only seeds: with 5,478 positions the game may be learnt by heart.
 *
 * **Optimum and chance**, both computed by full search against the random player: the best policy wins 0.995. Told
 * nothing of the opponent's moves, the best fixed list of cells, any three in a row, wins 5/8 = 0.625.
 *
 * **Weak policy**: any free cell, each as likely; it wins 0.585, and never moves illegally. With `board: false` the
 * demonstrations still come from this policy, which sees the board: only how often it takes each cell, whatever the
 * opponent took, can be imitated.
 *
 * **Source**: the traditional game; as a reinforcement learning task, the opening example of Sutton and Barto,
 * "Reinforcement Learning: An Introduction".
 */
export class TicTacToe implements Environment {
  readonly spec: EnvironmentSpec;
  private game: Game | undefined;

  constructor(private readonly options: TicTacToeOptions) {
    const { opponent, board } = options;
    requireOpponent(opponent);
    this.spec = {
      ...about,
      tools: [],
      horizon: 5,
      vocabulary: [...cells, "X", "O", "hidden", "won", "drawn", "illegal"],
      // <bos>, X or O, at most nine moves; in self-play the second player's context begins with O and a move.
      contextLength: 12,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: opponent === "self" ? 2 : 1,
      returnRange: [-1, 1],
      ...(opponent === "random" && board ? { optimum: 0.995 } : {}),
      ...(opponent === "random" ? { chance: 0.625 } : {}),
      heldOut: "seeds only: the game has 5,478 positions",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const board = cells.map((): Mark => 0);
    this.game = { over: false, board, player: 0, moves: 0, random: new Random(seed) };
    return { observation: "X", info: this.info(this.game) };
  }

  step(action: string): StepResult {
    const game = inPlay(this.spec, this.game);
    const { board, player } = game;
    const cell = (cells as readonly string[]).indexOf(action.trim());
    game.moves += 1;
    if (cell < 0 || board[cell] !== 0) return this.end(game, "illegal", player === 0 ? 1 : 0, true);
    board[cell] = player === 0 ? 1 : 2;
    const selfPlay = this.spec.agents === 2;
    const taken = this.options.board ? cells[cell]! : "hidden";
    if (hasWon(board, player === 0 ? 1 : 2)) return this.end(game, selfPlay ? taken : "won", player);
    if (freeCells(board).length === 0) return this.end(game, selfPlay ? taken : "drawn");
    let observation = taken;
    if (selfPlay) {
      if (game.moves === 1) observation = `O ${taken}`;
      game.player = player === 0 ? 1 : 0;
    } else {
      const reply = this.reply(game);
      board[reply] = 2;
      observation = this.options.board ? cells[reply]! : "hidden";
      if (hasWon(board, 2)) return this.end(game, observation, 1);
    }
    return {
      observation,
      ...pay(selfPlay, player, game.player, [0, 0]),
      terminated: false,
      truncated: false,
      info: this.info(game),
    };
  }

  demonstrate(random: Random): string {
    const { board } = inPlay(this.spec, this.game);
    return cells[random.choice(freeCells(board))]!;
  }

  private reply({ board, random }: Game): number {
    const free = freeCells(board);
    if (this.options.opponent === "random") return random.choice(free);
    const values = free.map((cell) => valueAfter(board, cell, 2));
    const best = Math.max(...values);
    return random.choice(free.filter((_, i) => values[i] === best));
  }

  /** @param winner absent: a draw. */
  private end(game: Game, observation: string, winner?: 0 | 1, illegal = false): StepResult {
    game.over = true;
    const shown = illegal ? game.player : game.player === 0 ? 1 : 0;
    // A draw is worth something against a player that only makes mistakes; between two agents it is even.
    const even = this.spec.agents === 2 ? 0 : 0.3;
    const rewards = [
      winner === undefined ? even : winner === 0 ? 1 : -1,
      winner === undefined ? even : winner === 1 ? 1 : -1,
    ] as const;
    return {
      observation,
      ...pay(this.spec.agents === 2, game.player, shown, rewards),
      terminated: true,
      truncated: false,
      info: this.info(game, winner ?? "draw", illegal),
    };
  }

  private info({ moves }: Game, result?: 0 | 1 | "draw", illegal = false): Info {
    return {
      success: result === 0 || (result === "draw" && this.options.opponent === "optimal"),
      ...(this.spec.agents === 2 ? { success_0: result === 0, success_1: result === 1 } : {}),
      moves,
      illegal: Number(illegal),
      draw: Number(result === "draw"),
      lost: Number(result === 1),
    };
  }
}

const searched = new Map<string, number>();

/** 1, 0 or −1: what the game is worth to the player who now puts this mark there, both playing perfectly. */
function valueAfter(board: readonly Mark[], cell: number, mark: 1 | 2): number {
  const next = board.with(cell, mark);
  const key = next.join("");
  const known = searched.get(key);
  if (known !== undefined) return known;
  const other = mark === 1 ? 2 : 1;
  const replies = freeCells(next);
  const value = hasWon(next, mark)
    ? 1
    : replies.length === 0
      ? 0
      : -Math.max(...replies.map((reply) => valueAfter(next, reply, other)));
  searched.set(key, value);
  return value;
}

export const ticTacToe: EnvironmentDefinition<TicTacToeOptions> = {
  ...about,
  defaults: { opponent: "random", board: true },
  optionDocs: {
    opponent: '"random", "optimal", or "self": both players are agents',
    board: "false: the opponent's moves are hidden",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 150, learningRate: 2e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 80,
    prompts: 32,
    groupSize: 8,
    epochs: 2,
  },
  baselines: [
    // What the agent does not know it can neither block nor avoid: the best it can learn is a list of cells.
    { name: "the opponent's moves are hidden", options: { board: false } },
  ],
  create: (options) => new TicTacToe(options),
};
