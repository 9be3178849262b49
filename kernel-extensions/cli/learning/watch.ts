/** A policy plays, and every turn is shown: what it saw, what it wrote and how likely each token was. */
import type { Environment, OptionValue } from "../../../src/environments/environment.js";
import type { Policy } from "../../../src/policy/policy.js";
import { loadPolicy } from "../../../src/policy/transformer-policy.js";
import { rollout } from "../../../src/rollout/rollout.js";
import type { Trajectory, Turn } from "../../../src/rollout/trajectory.js";
import { warmStartPolicy } from "../../../src/training/checkpoints.js";
import { StageLine } from "./stage-line.js";
import { shareText } from "./table.js";

export interface WatchOptions {
  seed: number;
  episodes: number;
  /** A checkpoint, or "warm-start". */
  policy: string;
  greedy: boolean;
  /** Of the environment. */
  options: Readonly<Record<string, OptionValue>>;
}

/** @returns the exit code */
export async function playWithPolicy(
  environment: () => Environment,
  { seed, episodes, policy: source, greedy, options }: WatchOptions,
): Promise<number> {
  const { spec } = environment();
  const line = new StageLine();
  const policy =
    source === "warm-start"
      ? await warmStartPolicy(spec.id, {
          environmentOptions: options,
          onStep: ({ step, steps }) => {
            line.show("warm start", step / steps, `step ${step}/${steps}`);
          },
        })
      : await loadPolicy(source);
  line.end();
  let solved = 0;
  let total = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const trajectories = await rollout({
      ...{ environment, policy, greedy, seed, split: "test" as const },
      requests: [{ seed: seed + episode }],
    });
    process.stdout.write(`${episode > 0 ? "\n" : ""}${spec.id}, episode with seed ${seed + episode}\n`);
    process.stdout.write(transcript(trajectories, policy, spec.agents));
    const first = trajectories.find(({ agent }) => agent === 0);
    solved += first?.success === true ? 1 : 0;
    total += first?.return ?? 0;
  }
  policy.dispose();
  if (episodes > 1) {
    const mean = Math.round((total / episodes) * 1000) / 1000;
    process.stdout.write(`\n${solved} of ${episodes} solved, mean return ${mean}\n`);
  }
  return 0;
}

/** One episode: its turns in the order in which they were taken, whoever's context they stand in. */
function transcript(trajectories: readonly Trajectory[], policy: Policy, agents: number): string {
  const { vocabulary } = policy;
  const turns = trajectories
    .flatMap((trajectory) => trajectory.turns.map((turn, i) => ({ trajectory, turn, i })))
    .sort((a, b) => a.turn.step - b.turn.step);
  const words = (trajectory: Trajectory, start: number, end: number) =>
    vocabulary.decode(trajectory.tokens.subarray(start, end));
  const lines = turns.flatMap(({ trajectory, turn, i }) => {
    const before = trajectory.turns[i - 1]?.end ?? 0;
    return [
      `turn ${turn.step + 1}${agents > 1 ? `, agent ${trajectory.agent}` : ""}`,
      `  saw    ${words(trajectory, before, turn.start).replace(/^<bos> ?/, "")}`,
      `  wrote  ${written(trajectory, turn, policy)}`,
      ...(turn.reward === 0 ? [] : [`  reward ${turn.reward}`]),
    ];
  });
  const ends = [...new Map(trajectories.map((trajectory) => [trajectory.agent, trajectory])).values()].map(
    ({ agent, success, truncated, return: sum }) =>
      `${agents > 1 ? `agent ${agent}: ` : ""}return ${sum}, ${success ? "success" : "no success"}` +
      (truncated ? ", cut off" : ""),
  );
  return `${[...lines, ...ends].join("\n")}\n`;
}

/** "oslo .97  </call> 1.00" */
function written({ tokens, logProbs }: Trajectory, { start, end }: Turn, { vocabulary }: Policy): string {
  return Array.from(
    tokens.subarray(start, end),
    (token, i) => `${vocabulary.word(token)} ${shareText(Math.exp(logProbs[start + i]!))}`,
  ).join("  ");
}
