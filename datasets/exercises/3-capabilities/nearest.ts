import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import { Random } from "../../../src/random.js";

/** Pixels row by row, "." and "#"; templates by their names. */
type Nearest = (seen: string, templates: Readonly<Record<string, string>>) => string;

const templates: Readonly<Record<string, string>> = {
  zero: ".###.#...##...##...#.###.",
  one: "..#...##....#....#...###.",
  two: ".###.#...#..##..#...#####",
  three: "####.....#.###.....#####.",
};

function flipped(picture: string, pixels: readonly number[]): string {
  return [...picture].map((pixel, i) => (pixels.includes(i) ? (pixel === "#" ? "." : "#") : pixel)).join("");
}

export const nearest = defineExercise<{ nearest: Nearest }>({
  title: "The best eye there is",
  checks: [
    check(
      "clean pictures",
      4,
      ({ nearest }, t) => {
        for (const [name, picture] of Object.entries(templates)) t.equal(nearest(picture, templates), name);
      },
      "Compare the picture with every template, pixel by pixel.",
    ),
    check(
      "noisy pictures, other templates",
      6,
      ({ nearest }, t) => {
        t.equal(nearest("##..", { left: "#...", both: "####", right: "...#" }), "left");
        // Ink that fits is not enough: paper has to fit, too.
        t.equal(nearest("#..#", { edges: "#..#", all: "####" }), "edges");
        t.forAll(
          (random) => random.seed(),
          (seed) => {
            const random = new Random(seed);
            const name = random.choice(Object.keys(templates));
            const positions = random.sample(
              Array.from({ length: 25 }, (_, i) => i),
              random.between(0, 2),
            );
            t.equal(nearest(flipped(templates[name]!, positions), templates), name);
          },
        );
      },
      "With every pixel flipped with the same small probability, the likeliest template is the one that differs in the fewest pixels: ink where there is none counts as much as no ink where there is some.",
    ),
  ],
  wrong: {
    "only knows clean pictures":
      "return Object.keys(templates).find((name) => templates[name] === seen) ?? Object.keys(templates)[0]!;",
    "counts common ink":
      'const ink = (name: string) => [...seen].filter((pixel, i) => pixel === "#" && templates[name]![i] === "#").length;\nreturn Object.keys(templates).reduce((best, name) => (ink(name) > ink(best) ? name : best));',
    "compares the amount of ink":
      'const ink = (picture: string) => picture.split("#").length;\nconst off = (name: string) => Math.abs(ink(templates[name]!) - ink(seen));\nreturn Object.keys(templates).reduce((best, name) => (off(name) < off(best) ? name : best));',
  },
});
