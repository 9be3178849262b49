/**
 * Plays episodes in which a turn begins by choosing a context: a fresh one for agents that keep only a
 * notepad, and one per agent in games. Each round samples one turn of every episode that is still going.
 */
import { Pace, unlessAborted } from "../engine/pace.js";
import { actionText, appendSampled, type Episode } from "./episode.js";
import type { Play } from "./rollout.js";

export async function playTurnByTurn(play: Play): Promise<void> {
  const { episodes, policies, options } = play;
  const pace = new Pace(options.signal);
  for (const episode of episodes) {
    if (!episode.hasPrefix) continue;
    await pace.breathe();
    await unlessAborted(episode.replay(policies[0]!.vocabulary, pace), options.signal);
  }
  for (;;) {
    const playing = episodes.filter((episode) => !episode.done);
    if (playing.length === 0) return;
    for (const policy of new Set(policies)) {
      const acting = playing.filter((episode) => policies[episode.agent] === policy && !episode.done);
      if (acting.length > 0) await playRound(play, policies.indexOf(policy), acting);
    }
  }
}

/** One turn of each of these episodes, all of whose acting agents share a policy. */
async function playRound(
  { policies, options, rowSeed }: Play,
  index: number,
  acting: Episode[],
): Promise<void> {
  const policy = policies[index]!;
  const { vocabulary } = policy;
  const { spec } = acting[0]!;
  const contexts = acting.map((episode) => episode.openContext(vocabulary));
  const sampled = await policy.sample(
    contexts.map(({ tokens }, row) => ({
      prompt: tokens,
      seed: rowSeed(acting[row]!.index, acting[row]!.steps),
    })),
    {
      stop: spec.stopTokens.map((word) => vocabulary.id(word)),
      maxTurnTokens: spec.maxActionTokens,
      contextLength: spec.contextLength,
      temperature: options.temperature ?? 1,
      greedy: options.greedy ?? false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  const pace = new Pace(options.signal);
  for (const [row, context] of contexts.entries()) {
    await pace.breathe();
    const episode = acting[row]!;
    const turn = sampled[row]!.turns[0];
    appendSampled(context, sampled[row]!);
    if (turn === undefined || sampled[row]!.full) {
      episode.cutOff();
      continue;
    }
    const text = actionText([...sampled[row]!.tokens.subarray(turn.start, turn.end)], vocabulary, spec);
    context.turns.push(episode.newTurn(turn.start, turn.end, text));
    await unlessAborted(episode.step(text), options.signal);
  }
}
