/** What environments share: reading an action, keeping an episode, checking an option. */
import type { EnvironmentSpec } from "./environment.js";

/** The words of a text; none for an empty one. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** The words after a leading `<ans>`; `undefined` when the action is no answer. */
export function answerOf(action: string): string[] | undefined {
  const [first, ...rest] = wordsOf(action);
  return first === "<ans>" ? rest : undefined;
}

/** The words between a leading `<call>` and a closing `</call>`; `undefined` when the action is no call. */
export function callOf(action: string): string[] | undefined {
  const words = wordsOf(action);
  return words.length >= 2 && words[0] === "<call>" && words.at(-1) === "</call>"
    ? words.slice(1, -1)
    : undefined;
}

/** What a tool gave back, as it stands in the context: `<obs> sunny </obs>`. */
export function toolOutput(...words: readonly (string | number)[]): string {
  return ["<obs>", ...words, "</obs>"].join(" ");
}

/** A number's decimal digits as separate words, padded with zeros: `digitsOf(7, 3)` is `["0", "0", "7"]`. */
export function digitsOf(value: number, length = 1): string[] {
  return [...String(value).padStart(length, "0")];
}

/**
 * The episode that is being played.
 *
 * @throws Error before the first reset and after the episode's end.
 */
export function inPlay<Episode extends { over: boolean }>(
  spec: Pick<EnvironmentSpec, "id">,
  episode: Episode | undefined,
): Episode {
  if (episode === undefined) throw new Error(`${spec.id}: no episode yet; call reset({ seed }) first`);
  if (episode.over) throw new Error(`${spec.id}: the episode has ended; call reset({ seed }) for another`);
  return episode;
}

/**
 * Refuses an option that is no whole number from `least` to `most`.
 *
 * @throws RangeError
 */
export function requireWhole(option: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`Option ${option} must be a whole number from ${least} to ${most}, not ${value}`);
}

/**
 * Refuses an option that is no number from `least` to `most` (a share, a cost).
 *
 * @throws RangeError
 */
export function requireBetween(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new RangeError(`Option ${option} must be a number from ${least} to ${most}, not ${value}`);
}

/**
 * `solved_by_1` … `solved_by_N` for an environment's `info`: 1 where at most that many tries were needed, else 0.
 *
 * @param tries tries made so far
 * @param most N, tries there can be
 */
export function solvedBy(success: boolean, tries: number, most: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: most }, (_, i) => [`solved_by_${i + 1}`, Number(success && tries <= i + 1)]),
  );
}
