import { describe, expect, it } from "vitest";

import { cells, freeCells, hasWon, TicTacToe, type Mark } from "../../../src/environments/tic-tac-toe.js";
import { Random } from "../../../src/random.js";
import { mean, weakSuccess } from "./play.js";

const defaults = { opponent: "random", board: true };
const empty = cells.map((): Mark => 0);
const keyOf = (board: readonly Mark[]) => board.join("");

const values = new Map<string, number>();

/** Probability that X, about to move, wins by its best play against random moves. */
function bestValue(board: readonly Mark[]): number {
  const known = values.get(keyOf(board));
  if (known !== undefined) return known;
  const value = Math.max(0, ...freeCells(board).map((cell) => valueOf(board, cell)));
  values.set(keyOf(board), value);
  return value;
}

function valueOf(board: readonly Mark[], cell: number): number {
  const next = board.with(cell, 1);
  if (hasWon(next, 1)) return 1;
  const replies = freeCells(next).map((reply) => next.with(reply, 2));
  return replies.reduce((sum, each) => sum + (hasWon(each, 2) ? 0 : bestValue(each)) / replies.length, 0);
}

/** Probability that random moves win for X, about to move, against random moves. */
function randomValue(board: readonly Mark[]): number {
  const free = freeCells(board);
  let sum = 0;
  for (const cell of free) {
    const next = board.with(cell, 1);
    const replies = freeCells(next).map((reply) => next.with(reply, 2));
    if (hasWon(next, 1)) sum += 1;
    else for (const each of replies) sum += hasWon(each, 2) ? 0 : randomValue(each) / replies.length;
  }
  return free.length === 0 ? 0 : sum / free.length;
}

/** The most that a list of cells, made beforehand, wins from these boards on. */
function bestBlind(boards: ReadonlyMap<string, number>, used: readonly number[]): number {
  let best = 0;
  for (const cell of empty.keys()) {
    if (used.includes(cell)) continue;
    let won = 0;
    const next = new Map<string, number>();
    for (const [key, probability] of boards) {
      const board = [...key].map(Number) as Mark[];
      if (board[cell] !== 0) continue;
      board[cell] = 1;
      if (hasWon(board, 1)) won += probability;
      else {
        const replies = freeCells(board).map((reply) => board.with(reply, 2));
        for (const each of replies) {
          if (hasWon(each, 2)) continue;
          next.set(keyOf(each), (next.get(keyOf(each)) ?? 0) + probability / replies.length);
        }
      }
    }
    best = Math.max(best, won + (next.size > 0 ? bestBlind(next, [...used, cell]) : 0));
  }
  return best;
}

/** Plays from a list of cells, whatever the opponent does. */
const list =
  (...names: string[]) =>
  (_: string, turn: number) =>
    names[turn] ?? "none";

describe("tic-tac-toe", () => {
  it("is won with three in a row", () => {
    const game = new TicTacToe(defaults);
    const moves = ["top-left", "centre", "bottom-right"];
    for (let seed = 0; ; seed++) {
      expect(game.reset({ seed }).observation).toBe("X");
      const first = game.step(moves[0]!);
      expect(cells).toContain(first.observation);
      if (moves.includes(first.observation)) continue;
      const second = game.step(moves[1]!);
      if (moves.includes(second.observation)) continue;
      expect(second).toMatchObject({ reward: 0, terminated: false });
      expect(game.step(moves[2]!)).toEqual({
        observation: "won",
        reward: 1,
        terminated: true,
        truncated: false,
        info: { success: true, moves: 3, illegal: 0, draw: 0, lost: 0 },
      });
      return;
    }
  });

  it("is lost by a cell that is taken and by any other word", () => {
    const game = new TicTacToe(defaults);
    const illegal = { observation: "illegal", reward: -1, terminated: true, info: { illegal: 1, lost: 1 } };
    game.reset({ seed: 1 });
    const { observation } = game.step("centre");
    expect(game.step(observation)).toMatchObject(illegal);
    for (const action of ["", "middle", "top left", "X"]) {
      game.reset({ seed: 1 });
      expect(game.step(action)).toMatchObject(illegal);
    }
  });

  it("is won by full search as often as the spec says", async () => {
    const optimum = bestValue(empty);
    expect(new TicTacToe(defaults).spec.optimum).toBeCloseTo(optimum, 3);
    const game = new TicTacToe(defaults);
    let board: Mark[] = [];
    const success = await mean(game, 500, (observation) => {
      if (observation === "X") board = [...empty];
      else board[(cells as readonly string[]).indexOf(observation)] = 2;
      const free = freeCells(board);
      const cell = free.reduce((a, b) => (valueOf(board, b) > valueOf(board, a) ? b : a));
      board[cell] = 1;
      return cells[cell]!;
    });
    expect(success).toBeGreaterThan(0.98);
  });

  it("is won blindly as often as the spec says, by any row", async () => {
    const blind = new TicTacToe({ ...defaults, board: false });
    expect(blind.spec.chance).toBeCloseTo(bestBlind(new Map([[keyOf(empty), 1]]), []), 10);
    const success = await mean(blind, 2000, list("top", "centre", "bottom"));
    expect(Math.abs(success - 0.625)).toBeLessThan(0.04);
    blind.reset({ seed: 2 });
    expect(blind.step("centre").observation).toBe("hidden");
  });

  it("has a weak policy that wins as often as random moves do", async () => {
    const exact = randomValue(empty);
    expect(exact).toBeCloseTo(0.585, 3);
    expect(Math.abs((await weakSuccess(new TicTacToe(defaults), 2000)) - exact)).toBeLessThan(0.045);
  });

  it("has an optimal opponent that nobody beats and that punishes random play", async () => {
    const game = new TicTacToe({ ...defaults, opponent: "optimal" });
    const random = new Random(1);
    let lost = 0;
    await mean(
      game,
      300,
      () => game.demonstrate(random),
      ({ info, reward }) => {
        expect(reward).toBeLessThan(1);
        expect(info["success"]).toBe(info["draw"] === 1);
        lost += Number(info["lost"]);
        return 0;
      },
    );
    expect(lost).toBeGreaterThan(200);
  });

  it("lets two agents play each other", () => {
    const game = new TicTacToe({ ...defaults, opponent: "self" });
    game.reset({ seed: 0 });
    expect(game.step("centre")).toMatchObject({ observation: "O centre", agent: 1, rewards: [0, 0] });
    expect(game.step("top")).toMatchObject({ observation: "top", agent: 0, rewards: [0, 0] });
    game.step("left");
    game.step("top-left");
    expect(game.step("right")).toMatchObject({
      observation: "right",
      agent: 1,
      reward: 1,
      rewards: [1, -1],
      terminated: true,
      info: { success: true, success_0: true, success_1: false, moves: 5 },
    });

    game.reset({ seed: 0 });
    game.step("centre");
    expect(game.step("centre")).toMatchObject({
      observation: "illegal",
      agent: 1,
      reward: -1,
      rewards: [1, -1],
      info: { success_0: true, success_1: false, illegal: 1 },
    });

    game.reset({ seed: 0 });
    const drawn = "centre top-left top bottom bottom-left top-right right left".split(" ");
    for (const cell of drawn) game.step(cell);
    expect(game.step("bottom-right")).toMatchObject({
      rewards: [0, 0],
      terminated: true,
      info: { success: false, success_1: false, draw: 1, moves: 9 },
    });
  });
});
