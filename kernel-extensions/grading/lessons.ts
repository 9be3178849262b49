/** Exercises by their ids, "2.3" being lesson 2's third. */
import { lessons } from "../../datasets/exercises/index.js";
import { nearest } from "../../src/nearest.js";
import type { AnyExercise, Exercise, Lesson } from "./exercise.js";

type Loaded = Awaited<ReturnType<(typeof lessons)[keyof typeof lessons]>>;
type IdsOf<L> = L extends unknown ? keyof L & string : never;

/** Every exercise there is. */
export type ExerciseId = IdsOf<Loaded>;

/** The learner's values that an exercise asks for, by name. */
export type AnswersOf<Id extends ExerciseId> = Loaded extends infer L
  ? L extends Record<Id, Exercise<infer Answers>>
    ? Answers
    : never
  : never;

/** The numbers of the lessons that have exercises. */
export const lessonNumbers = Object.keys(lessons);

/** "2" of "2.3". */
export const lessonOf = (id: string) => id.split(".", 1)[0]!;

/** @throws RangeError when there is no such lesson */
export async function loadLesson(number: string): Promise<Lesson> {
  if (!Object.hasOwn(lessons, number)) {
    throw new RangeError(
      `there are no exercises for lesson ${number}: lessons are ${lessonNumbers.join(", ")}`,
    );
  }
  return await lessons[number as keyof typeof lessons]();
}

/** @throws RangeError when there is no such exercise */
export async function loadExercise(id: string): Promise<AnyExercise> {
  const lesson = await loadLesson(lessonOf(id));
  if (!Object.hasOwn(lesson, id)) {
    const ids = Object.keys(lesson);
    const closest = nearest(id, ids);
    throw new RangeError(
      `there is no exercise ${id}${closest === undefined ? `: they are ${ids.join(", ")}` : `; did you mean ${closest}?`}`,
    );
  }
  return lesson[id]!;
}
