import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const f1 = defineExercise<{ f1: (answer: string, gold: string) => number }>({
  title: "Search: a reward for answers that are nearly right",
  checks: [
    check(
      "right is 1, nothing in common is 0",
      3,
      ({ f1 }, t) => {
        t.close(f1("new york", "new york"), 1);
        t.close(f1("oslo", "new york"), 0);
        t.close(f1("", "new york"), 0);
      },
      "With no word in common both precision and recall are 0, and 0 / 0 is not a number.",
    ),
    check(
      "half right lies between",
      4,
      ({ f1 }, t) => {
        t.close(f1("york", "new york"), 2 / 3);
        t.close(f1("in the city of new york", "new york"), 0.5);
      },
      "Precision: which share of the answer's words is in the gold answer. Recall: which share of the gold answer's words is in the answer. F1 = 2PR / (P + R).",
    ),
    check(
      "a word counts as often as it stands in both",
      3,
      ({ f1 }, t) => {
        t.close(f1("new new new new", "new york"), 1 / 3);
        t.close(f1("bora bora", "bora bora"), 1);
      },
      "Else an agent is paid for saying one right word again and again. Strike out each gold word that has been matched.",
    ),
  ],
  wrong: {
    "exact match": "return answer === gold ? 1 : 0;",
    "recall only":
      'const words = answer.split(" ");\nconst wanted = gold.split(" ");\nreturn wanted.filter((word) => words.includes(word)).length / wanted.length;',
    "counts a word that is said again":
      'const words = answer.split(" ").filter(Boolean);\nconst wanted = gold.split(" ");\nconst common = words.filter((word) => wanted.includes(word)).length;\nreturn common === 0 ? 0 : (2 * common) / (words.length + wanted.length);',
  },
});
