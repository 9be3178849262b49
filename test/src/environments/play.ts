/** What the environments' tests share: playing episodes by a script. */
import type { Environment, Observed, StepResult } from "../../../src/environments/environment.js";
import { Random } from "../../../src/random.js";

type Player = (observation: string, turn: number) => string;

/** Plays an episode; each action is what the player makes of the last observation. */
export async function play(
  environment: Environment,
  seed: number,
  player: Player,
  split: "train" | "test" = "train",
): Promise<StepResult & { return: number; observations: string[] }> {
  let last: Observed = await environment.reset({ seed, split });
  const observations = [last.observation];
  let sum = 0;
  for (let turn = 0; ; turn++) {
    const result = await environment.step(player(last.observation, turn));
    sum += result.reward;
    observations.push(result.observation);
    if (result.terminated || result.truncated) return { ...result, return: sum, observations };
    last = result;
  }
}

/** Mean of what an episode gives, over the seeds 0 … count − 1. */
export async function mean(
  environment: Environment,
  count: number,
  player: Player,
  value = (result: StepResult & { return: number }) => Number(result.info["success"]),
): Promise<number> {
  let sum = 0;
  for (let seed = 0; seed < count; seed++) sum += value(await play(environment, seed, player));
  return sum / count;
}

/** Success of the weak policy over `count` episodes. */
export function weakSuccess(environment: Environment, count = 4000): Promise<number> {
  const random = new Random(1);
  return mean(environment, count, () => environment.demonstrate(random));
}
