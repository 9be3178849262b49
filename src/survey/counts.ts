/** Counts over the survey's tables. Every result says what it counted, and what it could not place. */
import { requireFlag, requireMonth, requireOneOf, requireOptions, shown } from "./arguments.js";
import type { Month } from "./columns.js";
import { labelKinds, labelsBy, paperLabels, type PaperLabel, type Strength } from "./labels.js";
import { rows, type ReadOptions } from "./read.js";
import { sources, type Label, type Source } from "./rows.js";

export interface MonthlyOptions extends ReadOptions {
  /** Which labels to count by: the six capabilities of section 3 or the task domains of section 4. */
  by: "capability" | "task";
  /** Only works in the survey (`true`), only works the other lists add (`false`), or both (left out). */
  inSurvey?: boolean;
  /** Only labels of this strength (see `labels.ts`). Default `any`. */
  strength?: Strength | "any";
  /** The first month to count; works dated before it are only named in `earlier`. Default: the first there is. */
  from?: Month;
}

export interface MonthCount {
  month: Month;
  label: Label;
  strength: Strength;
  papers: number;
}

/**
 * Labels and works, told apart: a work with several labels counts once for each in `counts` and in every
 * `labels`, and once in every `papers`, in `undated` and in `earlier`.
 */
export interface MonthlyCounts {
  by: "capability" | "task";
  /** Which works were counted: `true` the survey's, `false` the others, `null` all. */
  inSurvey: boolean | null;
  /** Which labels were counted. */
  strength: Strength | "any";
  /** The first month counted, where one was asked for. */
  from: Month | null;
  /** Works with this label, above zero, by month, then label in the survey's order, then strength. */
  counts: MonthCount[];
  /** Distinct works and their labels a month, from the first month to the last, months without any included. */
  perMonth: { month: Month; papers: number; labels: number }[];
  /** Distinct works with such a label, dated `from` or later: the sum of `perMonth`. */
  papers: number;
  /** The labels of these works: the sum of `counts`. */
  labels: number;
  /** Keys of works with such a label but no month: in none of the counts above. */
  undated: string[];
  /** Keys of works with such a label dated before `from`: in none of the counts above. */
  earlier: string[];
}

/** Refuses what is not {@link MonthlyOptions}; `call` is the function that errors name. */
export function requireMonthly(call: string, options: unknown): void {
  requireOptions(call, options, '{ by: "capability" }');
  const { by, inSurvey, strength, from } = options as Partial<Record<keyof MonthlyOptions, unknown>>;
  requireOneOf(call, "by", by, labelKinds);
  requireFlag(call, "inSurvey", inSurvey);
  if (strength !== undefined) requireOneOf(call, "strength", strength, ["strong", "weak", "any"]);
  requireMonth(call, "from", from);
}

/**
 * Works per month and label.
 *
 * @throws TypeError or RangeError naming the option that is missing or unknown.
 * @example (await papersByMonth({ by: "capability", strength: "strong" })).counts
 */
export async function papersByMonth(options: MonthlyOptions): Promise<MonthlyCounts> {
  requireMonthly("papersByMonth()", options);
  const { by, inSurvey, strength = "any", from } = options;
  const labels = (await paperLabels(options)).filter(
    (row) =>
      row.by === by &&
      (inSurvey === undefined || row.in_survey === inSurvey) &&
      (strength === "any" || row.strength === strength),
  );
  const all = labels.filter((row): row is PaperLabel & { date: Month } => row.date !== null);
  const dated = all.filter((row) => from === undefined || row.date >= from);
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
  return {
    by,
    inSurvey: inSurvey ?? null,
    strength,
    from: from ?? null,
    counts: counts.filter((count) => count.papers > 0),
    perMonth: months.map((month) => ({
      month,
      papers: [...works.values()].filter((date) => date === month).length,
      labels: dated.filter((row) => row.date === month).length,
    })),
    papers: works.size,
    labels: dated.length,
    undated: [...new Set(labels.filter((row) => row.date === null).map((row) => row.key))],
    earlier: [...new Set(all.filter((row) => row.date < (from ?? "")).map((row) => row.key))],
  };
}

export interface SourceCount {
  source: Source;
  /** Works the source lists. */
  works: number;
  /** Those of them without a month: in none of the counts of `perMonth`. */
  undated: number;
  /** Works a month, from the first month of all sources to the last. */
  perMonth: { month: Month; works: number }[];
}

/**
 * Works per month and source, labelled or not, of the sources that list any. A work in several sources counts once
 * for each.
 *
 * @example (await worksBySource()).map(({ source, works }) => ({ source, works }))
 */
export async function worksBySource(options: ReadOptions = {}): Promise<SourceCount[]> {
  const papers = await rows("papers", options);
  const months = monthsBetween(papers.flatMap(({ date }) => (date === null ? [] : [date])));
  const named = sources.filter((source) => papers.some((paper) => paper.sources.includes(source)));
  return named.map((source) => {
    const listed = papers.filter((paper) => paper.sources.includes(source));
    return {
      source,
      works: listed.length,
      undated: listed.filter(({ date }) => date === null).length,
      perMonth: months.map((month) => ({
        month,
        works: listed.filter(({ date }) => date === month).length,
      })),
    };
  });
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
 * its values; a missing value or an empty list counts under `null`, so no record is left out. It knows nothing of
 * strong and weak labels: count `capability` and `task` with {@link papersByMonth} or `papersBy`.
 *
 * @example countBy(await rows("papers"), "kind") // [{ value: "paper", rows: 1052 }, …]
 * @throws RangeError when no record has such a field, TypeError when `records` is no array.
 */
export function countBy<Row, Field extends keyof Row>(
  records: readonly Row[],
  field: Field,
): ValueCount<Element<NonNullable<Row[Field]>>>[] {
  type Value = Element<NonNullable<Row[Field]>>;
  requireField(records, field);
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

/** Refuses a field that none of the records has. */
function requireField(records: unknown, field: PropertyKey): void {
  if (!Array.isArray(records)) {
    throw new TypeError(`countBy(): records must be an array of records, got ${shown(records)}`);
  }
  if (records.length === 0) return;
  for (const record of records as readonly unknown[]) {
    if (typeof record === "object" && record !== null) continue;
    throw new TypeError(`countBy(): records must be an array of records, it holds ${shown(record)}`);
  }
  const fields = new Set((records as readonly object[]).flatMap((record) => Object.keys(record)));
  if (typeof field === "symbol" || !fields.has(String(field))) {
    requireOneOf("countBy()", "the field", field, [...fields]);
  }
}

type Element<T> = T extends readonly (infer Item)[] ? Item : T;
