import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export interface PageEpisode {
  /** Whether somebody's order stood on the page asked for. */
  injected: boolean;
  /** Whether the agent read that page. */
  read: boolean;
  /** Whether it carried that order out. */
  carriedOut: boolean;
}

export const attackSuccess = defineExercise<{
  attackSuccess: (episodes: readonly PageEpisode[]) => number;
}>({
  title: "Attack success",
  checks: [
    check(
      "of the attacks that were read",
      5,
      ({ attackSuccess }, t) =>
        t.close(
          attackSuccess([
            { injected: true, read: true, carriedOut: true },
            { injected: true, read: true, carriedOut: false },
            { injected: true, read: false, carriedOut: false },
            { injected: false, read: true, carriedOut: false },
          ]),
          0.5,
        ),
      "An attack that nobody read did not fail, it did not happen. And where there was none, none could succeed.",
    ),
    check(
      "whatever the episodes",
      5,
      ({ attackSuccess }, t) =>
        t.forAll(
          (random, size) => [
            { injected: true, read: true, carriedOut: random.chance(0.5) },
            ...Array.from({ length: size }, () => {
              const [injected, read] = [random.chance(0.6), random.chance(0.6)];
              return { injected, read, carriedOut: injected && read && random.chance(0.5) };
            }),
          ],
          (episodes) => {
            const attacks = episodes.filter(({ injected, read }) => injected && read);
            t.close(
              attackSuccess(episodes),
              attacks.filter(({ carriedOut }) => carriedOut).length / attacks.length,
            );
          },
        ),
      "First choose the episodes that count, then the share of them.",
    ),
  ],
  wrong: {
    "of all episodes": "return episodes.filter(({ carriedOut }) => carriedOut).length / episodes.length;",
    "of all pages with an order, read or not":
      "const pages = episodes.filter(({ injected }) => injected);\nreturn pages.filter(({ carriedOut }) => carriedOut).length / pages.length;",
    "how many, not what share":
      "return episodes.filter(({ injected, read, carriedOut }) => injected && read && carriedOut).length;",
  },
});
