import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const parting = defineExercise<{
  partsAt: (one: readonly number[], other: readonly number[], tolerance: number) => number;
}>({
  title: "Where two runs part",
  checks: [
    check(
      "the first difference, −1 for none",
      5,
      ({ partsAt }, t) => {
        void t.equal(partsAt([0.1, 0.2, 0.4], [0.1, 0.2, 0.4], 0), -1);
        void t.equal(partsAt([0.1, 0.2, 0.4, 0.5], [0.1, 0.3, 0.4, 0.6], 0), 1);
        void t.equal(partsAt([0.1, 0.2], [0.1, 0.2, 0.4], 0), 2);
        void t.equal(partsAt([], [], 0), -1);
      },
      "A run that has ended has parted from one that goes on.",
    ),
    check(
      "within a tolerance, relative to the larger of the two",
      5,
      ({ partsAt }, t) =>
        t.forAll(
          (random, size) => {
            const place = random.integer(size);
            const one = Array.from({ length: size }, () => random.between(1, 1000));
            const other = one.map((value, i) => value * (i >= place ? 1.01 : 1 + 1e-7));
            return { one, other: random.chance(0.2) ? one.map((v) => v * (1 - 1e-7)) : other };
          },
          ({ one, other }) => {
            const expected = other.findIndex((value, i) => Math.abs(value / one[i]! - 1) > 1e-3);
            void t.equal(partsAt(one, other, 1e-5), expected);
            return t.equal(partsAt(other, one, 1e-5), expected);
          },
        ),
      "The last digits of a float32 differ between engines whose sums run in another order. Compare |a − b| with the tolerance times the larger of |a| and |b|.",
    ),
  ],
  wrong: {
    "ignores the longer tail": `return one.findIndex(
    (value, i) => Math.abs(value - other[i]!) > tolerance * Math.max(Math.abs(value), Math.abs(other[i]!)),
  );`,
    "exact only": `const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return i;
  return -1;`,
    "an absolute tolerance": `const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++) {
    if (i >= one.length || i >= other.length || Math.abs(one[i]! - other[i]!) > tolerance) return i;
  }
  return -1;`,
  },
});
