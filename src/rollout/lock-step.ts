/** Plays single agents with one growing context: one sampling session for all episodes, start to end. */
import { Pace, unlessAborted } from "../engine/pace.js";
import type { TurnResponse } from "../policy/policy.js";
import { actionText } from "./episode.js";
import type { Play } from "./rollout.js";

export async function playInLockStep({ episodes, policies, options, rowSeed }: Play): Promise<void> {
  const policy = policies[0]!;
  const { vocabulary } = policy;
  const pace = new Pace(options.signal);
  for (const episode of episodes) {
    if (!episode.hasPrefix) continue;
    await pace.breathe();
    await unlessAborted(episode.replay(vocabulary, pace), options.signal);
  }
  const playing = episodes.filter((episode) => !episode.done);
  if (playing.length === 0) return;
  const { spec } = playing[0]!;

  const contexts = playing.map((episode) => episode.openContext(vocabulary));
  const replayed = contexts.map(({ turns }) => turns.length);
  const sampled = await policy.sample(
    contexts.map(({ tokens }, row) => ({ prompt: tokens, seed: rowSeed(playing[row]!.index, 0) })),
    {
      stop: spec.stopTokens.map((word) => vocabulary.id(word)),
      maxTurnTokens: spec.maxActionTokens,
      contextLength: spec.contextLength,
      temperature: options.temperature ?? 1,
      greedy: options.greedy ?? false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      respond(row, action) {
        const episode = playing[row]!;
        const text = actionText(action, vocabulary, spec);
        // Columns are not known here; they are filled in from the sampler's record below.
        contexts[row]!.turns.push(episode.newTurn(0, 0, text));
        const response = (): TurnResponse => (episode.done ? undefined : episode.takeObservation(vocabulary));
        const stepped = episode.step(text);
        return stepped === undefined ? response() : stepped.then(response);
      },
    },
  );
  for (const [row, context] of contexts.entries()) {
    context.sampled = sampled[row]!;
    for (const [i, { start, end }] of sampled[row]!.turns.entries()) {
      const turn = context.turns[replayed[row]! + i];
      // A turn that the context had no room to end was not played.
      if (turn === undefined) continue;
      turn.start = start;
      turn.end = end;
    }
    if (sampled[row]!.full) playing[row]!.cutOff();
  }
}
