/** Counts over the survey's tables. Every result says what it counted, and what it could not place. */
import type { Month } from "./columns.js";
import { labelsBy, paperLabels, type PaperLabel, type Strength } from "./labels.js";
import type { ReadOptions } from "./read.js";
import type { Label } from "./rows.js";

export interface MonthlyOptions extends ReadOptions {
  /** Which labels to count by: the six capabilities of section 3 or the task domains of section 4. */
  by: "capability" | "task";
  /** Only works in the survey (`true`), only works the other lists add (`false`), or both (left out). */
  inSurvey?: boolean;
  /** Only labels of this strength (see `labels.ts`). Default `any`. */
  strength?: Strength | "any";
}

export interface MonthCount {
  month: Month;
  label: Label;
  strength: Strength;
  papers: number;
}

/** A work with several labels counts once for each in `counts`, and once in `papers`, `undated` and `perMonth`. */
export interface MonthlyCounts {
  by: "capability" | "task";
  /** Which works were counted: `true` the survey's, `false` the others, `null` all. */
  inSurvey: boolean | null;
  /** Which labels were counted. */
  strength: Strength | "any";
  /** Counts above zero, by month, then label in the survey's order, then strength. */
  counts: MonthCount[];
  /** Distinct works a month, from the first month to the last, months without any included. */
  perMonth: { month: Month; papers: number }[];
  /** Distinct dated works with such a label: the sum of `perMonth`. */
  papers: number;
  /** Keys of works with such a label but no month: in none of the counts above. */
  undated: string[];
}

/**
 * Works per month and label.
 *
 * @example (await papersByMonth({ by: "capability", strength: "strong" })).counts
 */
export async function papersByMonth(options: MonthlyOptions): Promise<MonthlyCounts> {
  const { by, inSurvey, strength = "any" } = options;
  const labels = (await paperLabels(options)).filter(
    (row) =>
      row.by === by &&
      (inSurvey === undefined || row.in_survey === inSurvey) &&
      (strength === "any" || row.strength === strength),
  );
  const dated = labels.filter((row): row is PaperLabel & { date: Month } => row.date !== null);
  const months = monthsBetween(dated.map((row) => row.date));
  const tally = new Map<string, number>();
  for (const { date, label, strength } of dated) {
    const cell = `${date} ${label} ${strength}`;
    tally.set(cell, (tally.get(cell) ?? 0) + 1);
  }
  const strengths: Strength[] = ["strong", "weak"];
  const counts = months.flatMap((month) =>
    labelsBy(by).flatMap((label) =>
      strengths.map((strength) => ({
        month,
        label,
        strength,
        papers: tally.get(`${month} ${label} ${strength}`) ?? 0,
      })),
    ),
  );
  const works = new Map(dated.map((row) => [row.key, row.date]));
  const perMonth = new Map(months.map((month) => [month, 0]));
  for (const month of works.values()) perMonth.set(month, perMonth.get(month)! + 1);
  return {
    by,
    inSurvey: inSurvey ?? null,
    strength,
    counts: counts.filter((count) => count.papers > 0),
    perMonth: [...perMonth].map(([month, papers]) => ({ month, papers })),
    papers: works.size,
    undated: [...new Set(labels.filter((row) => row.date === null).map((row) => row.key))],
  };
}

/** Every month from the earliest to the latest of `months`. */
export function monthsBetween(months: readonly Month[]): Month[] {
  if (months.length === 0) return [];
  const numbers = months.map((month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1);
  const first = numbers.reduce((a, b) => Math.min(a, b));
  const last = numbers.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const number = first + index;
    return `${String(Math.floor(number / 12))}-${String((number % 12) + 1).padStart(2, "0")}`;
  });
}

export interface ValueCount<Value> {
  value: Value | null;
  rows: number;
}

/**
 * How many records have each value of a field, most frequent first. A list counts the record once for each of
 * its values; a missing value or an empty list counts under `null`, so no record is left out.
 *
 * @example countBy(await rows("papers"), "kind") // [{ value: "paper", rows: 1052 }, …]
 */
export function countBy<Row, Field extends keyof Row>(
  records: readonly Row[],
  field: Field,
): ValueCount<Element<NonNullable<Row[Field]>>>[] {
  type Value = Element<NonNullable<Row[Field]>>;
  const tally = new Map<Value | null, number>();
  for (const record of records) {
    const cell = record[field];
    const values = (Array.isArray(cell) ? [...new Set<Value>(cell)] : [cell]) as (Value | null | undefined)[];
    for (const value of values.length === 0 ? [null] : values) {
      tally.set(value ?? null, (tally.get(value ?? null) ?? 0) + 1);
    }
  }
  return [...tally].map(([value, rows]) => ({ value, rows })).sort((a, b) => b.rows - a.rows);
}

type Element<T> = T extends readonly (infer Item)[] ? Item : T;
