import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Tools } from "../../../kernel-extensions/grading/checks/tools.js";

type Plan = (start: number, target: number, largest: number) => string[];

const moves: Readonly<Record<string, (x: number) => number>> = {
  "+1": (x) => x + 1,
  "-1": (x) => x - 1,
  "*2": (x) => x * 2,
};

/** Fewest moves from `start` to every number of the line. */
function distances(start: number, largest: number): number[] {
  const found = Array.from({ length: largest + 1 }, () => Infinity);
  found[start] = 0;
  const queue = [start];
  for (const x of queue) {
    for (const move of Object.values(moves)) {
      const next = move(x);
      if (next < 0 || next > largest || found[next] !== Infinity) continue;
      found[next] = found[x]! + 1;
      queue.push(next);
    }
  }
  return found;
}

/** Where a plan leads: a move that would leave the line does nothing. */
function follow(plan: readonly string[], start: number, largest: number, t: Tools): number {
  let now = start;
  for (const move of plan) {
    const step = moves[move];
    if (step === undefined) t.fail({ what: `${t.text(move)} is no move`, expected: "+1, -1 or *2" });
    const next = step(now);
    if (next >= 0 && next <= largest) now = next;
  }
  return now;
}

function reaches(plan: Plan, largest: number, t: Tools): void {
  for (let start = 0; start <= largest; start++) {
    t.signal.throwIfAborted();
    const fewest = distances(start, largest);
    for (let target = 0; target <= largest; target++) {
      const moves = plan(start, target, largest);
      const end = follow(moves, start, largest, t);
      t.holds(end === target, "the plan ends on the target", { expected: `${target}`, got: `${end}` });
      t.holds(moves.length === fewest[target], "the plan is a shortest one", {
        expected: `${fewest[target]} moves`,
        got: `${moves.length}: ${moves.join(" ")}`,
      });
    }
  }
}

export const plan = defineExercise<{ plan: Plan }>({
  title: "Plan before you act",
  checks: [
    check(
      "from 3 to 7",
      5,
      ({ plan }, t) => {
        const end = follow(plan(3, 7, 12), 3, 12, t);
        t.holds(end === 7, "the plan ends on the target", { expected: "7", got: `${end}` });
        t.equal(plan(3, 7, 12).length, 2, { what: "the length of the plan" });
      },
      "Walk from the start to all numbers one move away, from those to all that are two moves away, and so on, and remember the way to each.",
    ),
    check(
      "every start and target of the line to 12",
      5,
      ({ plan }, t) => reaches(plan, 12, t),
      "The number that is reached first is reached in the fewest moves: search in breadth, not in depth. On the target itself no move is needed.",
    ),
    check(
      "a longer line",
      5,
      // To 61, which is reached from 31 by `*2` and `-1` only by who leaves the line.
      ({ plan }, t) => reaches(plan, 61, t),
      "Does the plan stay on the line? 0 and `largest` belong to it. And each number has to be visited once only, or the search does not end.",
    ),
  ],
  wrong: {
    "doubles as long as it can":
      'const way: string[] = [];\nlet now = start;\nwhile (now !== target) {\n  if (now > target) { way.push("-1"); now -= 1; }\n  else if (now > 0 && now * 2 <= target) { way.push("*2"); now *= 2; }\n  else { way.push("+1"); now += 1; }\n}\nreturn way;',
    "leaves the line":
      'const ways = new Map<number, string[]>([[start, []]]);\nfor (const [now, way] of ways) {\n  if (now === target) return way;\n  for (const [move, next] of [["+1", now + 1], ["-1", now - 1], ["*2", now * 2]] as const)\n    if (Math.abs(next) <= 4 * largest && !ways.has(next)) ways.set(next, [...way, move]);\n}\nreturn [];',
    "counts up and down":
      'return Array.from({ length: Math.abs(target - start) }, () => (target > start ? "+1" : "-1"));',
  },
});
