import { describe, expect, it } from "vitest";
import { applications } from "../../../bench/lessons/applications.js";
import { environmentDefinition, makeEnvironment } from "../../../src/environments/registry.js";
import { withReward } from "../../../src/environments/with-reward.js";
import { Random } from "../../../src/random.js";
import { recordedRuns, train } from "../../../src/training/index.js";

const named = ({ environment, variant }: { environment: string; variant: string }) =>
  `${environment}: ${variant}`;

it("has settings that can be trained, each of its own name", () => {
  expect(new Set(applications.map(named)).size).toBe(applications.length);
  for (const { environment, reward, stages } of applications) {
    const paid = () => withReward(makeEnvironment(environment), reward!);
    const { updates, prompts, groupSize, learningRate } = environmentDefinition(environment).recipe;
    const recipe = { updates, prompts, groupSize, learningRate };
    for (const stage of stages) expect(() => train({ environment: paid, ...recipe, ...stage })).not.toThrow();
  }
});

it("has committed runs of these settings alone, with three seeds each", () => {
  const runs = recordedRuns({ name: "lessons/applications" });
  const found = runs.map((run) => `${named(run)}, ${run.seed}`).sort();
  const wanted = applications.flatMap((setting) => [1, 2, 3].map((seed) => `${named(setting)}, ${seed}`));
  expect(found).toEqual(wanted.sort());
  for (const { command } of runs) expect(command).toBe("npm run bench -- applications");
});

interface Played {
  /** What each variant paid for the whole episode. */
  returns: Record<string, number>;
  info: Record<string, unknown>;
  success: boolean;
  terminated: boolean;
}

/** Episodes of the environment's weak policy, each paid by every variant. */
async function play(environment: string, seeds: number): Promise<Played[]> {
  const settings = applications.filter((setting) => setting.environment === environment);
  const episodes: Played[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const returns: Record<string, number> = {};
    let end: Omit<Played, "returns"> | undefined;
    for (const { variant, reward } of settings) {
      const world = withReward(makeEnvironment(environment), reward!);
      const random = new Random(seed);
      await world.reset({ seed });
      returns[variant] = 0;
      for (let over = false; !over;) {
        // Now and then a word that the form does not know.
        const action = random.chance(0.05) ? "nonsense" : world.demonstrate(random);
        const { reward: paid, info, terminated, truncated } = await world.step(action);
        returns[variant] += paid;
        over = terminated || truncated;
        end = { info, success: info["success"] === true, terminated };
      }
    }
    episodes.push({ returns, ...end! });
  }
  return episodes;
}

describe("the rewards of the form", () => {
  const filled = ({ info }: Played) => Number(info["filled"]);

  it("pay what they say: the outcome, what is filled in, or nothing but what was sent", async () => {
    const episodes = await play("form", 300);
    for (const episode of episodes) {
      const { returns, success, terminated, info } = episode;
      expect(returns["outcome"]).toBe(success ? 1 : 0);
      expect(returns["progress"]).toBeCloseTo(returns["outcome"]! + filled(episode) / 2);
      // Taken back at the end: over a whole episode it is the outcome.
      expect(returns["potential"]).toBeCloseTo(returns["outcome"]!);
      expect(returns["potential, credit by turns"]).toBeCloseTo(returns["outcome"]!);
      expect(returns["graded at the end"]).toBeCloseTo(terminated ? filled(episode) : 0);
      const sent = terminated && info["bad_format"] !== true;
      expect(returns["graded when sent"]).toBeCloseTo(sent ? filled(episode) : 0);
    }
    // There was something to tell apart.
    const differ = (a: string, b: string) => episodes.some(({ returns }) => returns[a] !== returns[b]);
    expect(differ("outcome", "graded when sent")).toBe(true);
    expect(differ("graded at the end", "graded when sent")).toBe(true);
    expect(episodes.some(({ success }) => success)).toBe(true);
  });
});

it("the checked proof loses a tenth for each law that applies nowhere", async () => {
  const episodes = await play("proof", 100);
  for (const { returns, info } of episodes)
    expect(returns["checked steps"]).toBeCloseTo(returns["outcome"]! - Number(info["refused"]) / 10);
  expect(episodes.some(({ info }) => Number(info["refused"]) > 0)).toBe(true);
});
