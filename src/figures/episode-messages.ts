/** An episode as what agent and environment told each other. */
import type { Trajectory } from "../rollout/trajectory.js";
import { valueText } from "./metrics.js";

/** An episode of one agent, whole in one context. */
export interface RecordedEpisode {
  readonly trajectory: Trajectory;
  /** Token id → text: that of the policy that played. */
  readonly vocabulary: readonly string[];
  /** The environment's id. */
  readonly environment: string;
  /** Who played, for the subtitle. */
  readonly policy: string;
}

/** What one side told the other. */
export interface Message {
  readonly from: "agent" | "environment";
  readonly text: string;
  /** Of a message of the agent: the product of its tokens' probabilities. */
  readonly probability?: number;
  /** Of a message of the agent: the reward of the step it led to. */
  readonly reward?: number;
}

/**
 * The episode as it went to and fro: what the agent saw, what it wrote, and the rewards that are not 0.
 *
 * @throws RangeError for an episode with several agents' or several contexts' turns, without turns, or with a token
 * that is not in its vocabulary.
 */
export function episodeMessages(caller: string, { trajectory, vocabulary }: RecordedEpisode): Message[] {
  const call = `${caller}: the episode`;
  const { tokens, turns, logProbs, mask } = trajectory;
  if (turns.length === 0) throw new RangeError(`${call} has no turns`);
  if (trajectory.agent !== 0 || trajectory.context !== 0 || turns.some(({ step }, i) => step !== i)) {
    throw new RangeError(`${call} must be one agent's, whole in one context`);
  }
  const text = (from: number, to: number) =>
    Array.from(tokens.subarray(from, to), (token) => {
      const word = vocabulary[token];
      if (word !== undefined) return word;
      throw new RangeError(`${call} has the token ${String(token)}, which is not in its vocabulary`);
    })
      .filter((word) => word !== "<bos>" && word !== "<eos>")
      .join(" ");
  const messages: Message[] = turns.flatMap(({ start, end, reward }, index): Message[] => {
    const seen = text(turns[index - 1]?.end ?? 0, start);
    const probability = Math.exp(
      logProbs.subarray(start, end).reduce((sum, value, at) => sum + (mask[start + at] === 1 ? value : 0), 0),
    );
    return [
      ...(seen === "" ? [] : [{ from: "environment", text: seen } as const]),
      { from: "agent", text: text(start, end), probability, reward },
      ...(reward === 0 ? [] : [{ from: "environment", text: `reward ${valueText(reward, false)}` } as const]),
    ];
  });
  const rest = text(turns.at(-1)!.end, tokens.length);
  return rest === "" ? messages : [...messages, { from: "environment", text: rest }];
}
