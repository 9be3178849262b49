/**
 * What a reader asks of papers.csv: which works, and how many by what. Where a capability or a task is asked for
 * or counted by, strong and weak labels are told apart (see `labels.ts`), and works that a count cannot place are
 * named, never dropped.
 */
import { requireFlag, requireMonth, requireOneOf, requireOptions, shown } from "./arguments.js";
import type { Month } from "./columns.js";
import {
  algorithmFamilies,
  algorithmFamily,
  baseModelFamilies,
  baseModelFamiliesOf,
  organisationsOf,
  type AlgorithmFamily,
} from "./families.js";
import { labelsOfPapers, type PaperLabel, type Strength } from "./labels.js";
import { rows, type ReadOptions } from "./read.js";
import { capabilities, sources, tasks, type Capability, type Paper, type Source, type Task } from "./rows.js";

/** What works can be counted by, and what its values are. */
export interface Dimensions {
  /** `YYYY-MM`. */
  month: Month;
  year: number;
  capability: Capability;
  task: Task;
  /** Of the words in `algorithm`: see `algorithmFamily`. */
  family: AlgorithmFamily;
  rewardType: NonNullable<Paper["reward_type"]>;
  /** Families of base models: see `baseModelFamiliesOf`. */
  baseModel: string;
  /** One spelling each: see `organisationsOf`. */
  organisation: string;
  kind: Paper["kind"];
  source: Source;
}
export type Dimension = keyof Dimensions;

export const dimensions = [
  "month",
  "year",
  "capability",
  "task",
  "family",
  "rewardType",
  "baseModel",
  "organisation",
  "kind",
  "source",
] as const satisfies readonly Dimension[];

/** Which works are meant. What is left out does not narrow. */
export interface PaperFilter extends ReadOptions {
  /** Only works in the survey (`true`) or only works the other lists add (`false`). */
  inSurvey?: boolean;
  capability?: Capability;
  task?: Task;
  /** Only labels of this strength, of those asked for or counted by. Default `any`. */
  strength?: Strength | "any";
  family?: AlgorithmFamily;
  rewardType?: NonNullable<Paper["reward_type"]>;
  baseModel?: string;
  organisation?: string;
  kind?: Paper["kind"];
  source?: Source;
  /** The first month and the last; works without a month are then left out, and named. */
  from?: Month;
  to?: Month;
}

export type PaperCount<D extends Dimension> = { [Name in D]: Dimensions[Name] } & {
  /** Of the labels counted by and asked for, the weaker's; `null` where no label plays a part. */
  strength: Strength | null;
  papers: number;
};

export interface PaperCounts<D extends Dimension> {
  by: readonly D[];
  /** Above zero only, months, years and labels in order, other values by frequency. */
  counts: PaperCount<D>[];
  /** Distinct works counted; `counts` sums to more where works have several values. */
  papers: number;
  /** Works that the filter keeps and the counts cannot place, with what they lack. */
  left: { key: string; without: Dimension }[];
}

/** A value of a work in one dimension; `strength` where it is a label. */
interface Placed {
  value: string | number;
  strength: Strength | null;
}

const plain = (values: readonly (string | number | null)[]): Placed[] =>
  values.flatMap((value) => (value === null ? [] : [{ value, strength: null }]));

const unique = <T>(values: readonly T[]) => [...new Set(values)];

const placements: Record<Dimension, (paper: Paper, labels: readonly PaperLabel[]) => Placed[]> = {
  month: ({ date }) => plain([date]),
  year: ({ year }) => plain([year]),
  capability: (_, labels) => labelled(labels, "capability"),
  task: (_, labels) => labelled(labels, "task"),
  family: ({ algorithm }) => plain(unique(algorithm.map(algorithmFamily))),
  rewardType: ({ reward_type }) => plain([reward_type]),
  baseModel: ({ base_model }) => plain(base_model === null ? [] : baseModelFamiliesOf(base_model)),
  organisation: ({ organisation }) => plain(organisation === null ? [] : organisationsOf(organisation)),
  kind: ({ kind }) => plain([kind]),
  source: (paper) => plain(paper.sources),
};

function labelled(labels: readonly PaperLabel[], by: "capability" | "task"): Placed[] {
  return labels.filter((row) => row.by === by).map((row) => ({ value: row.label, strength: row.strength }));
}

/** Values in the survey's order; the rest go by frequency. */
const orders: Partial<Record<Dimension, readonly string[]>> = {
  capability: capabilities,
  task: tasks,
  rewardType: ["outcome", "process", "mixed"],
  kind: ["paper", "project", "page"],
  source: sources,
};

const words: Partial<Record<Dimension, readonly string[]>> = {
  ...orders,
  family: algorithmFamilies,
  baseModel: baseModelFamilies,
};

/** The filter's fields that ask for a value of a dimension. */
const asked = dimensions.filter((name) => name !== "month" && name !== "year") as (keyof PaperFilter &
  Dimension)[];

/**
 * The works a filter keeps, in the file's order.
 *
 * @example await findPapers({ task: "search", strength: "strong", family: "GRPO", from: "2025-06" })
 * @throws TypeError or RangeError naming the option that is unknown or has an unknown value.
 */
export async function findPapers(filter: PaperFilter = {}): Promise<Paper[]> {
  requireFilter("findPapers()", filter, []);
  return (await kept(filter)).kept.map(({ paper }) => paper);
}

/**
 * How many works there are by one dimension or by several at once. A work with several values (two labels, two
 * algorithms) counts once under each of them.
 *
 * @example (await papersBy("year", { task: "search" })).counts // [{ year: 2023, strength: "weak", papers: 1 }, …]
 * @example (await papersBy(["capability", "task"], { strength: "strong" })).counts
 * @throws TypeError or RangeError naming the dimension or the option that is unknown or has an unknown value.
 */
export async function papersBy<D extends Dimension>(
  by: D | readonly D[],
  filter: PaperFilter = {},
): Promise<PaperCounts<D>> {
  const names = (typeof by === "string" ? [by] : by) as readonly D[];
  if (!(names instanceof Array) || names.length === 0) {
    throw new TypeError(`papersBy(): what to count by must be a word or a list of words, got ${shown(by)}`);
  }
  for (const name of names) requireOneOf("papersBy()", "what to count by", name, dimensions);
  if (new Set(names).size < names.length) {
    throw new RangeError(`papersBy(): ${names.join(", ")} names a dimension twice`);
  }
  requireFilter("papersBy()", filter, names);
  const { strength: wanted = "any" } = filter;
  const { kept: works, undated } = await kept(filter);
  const tally = new Map<string, PaperCount<D>>();
  const left: PaperCounts<D>["left"] = undated.map((key) => ({ key, without: "month" }));
  let papers = 0;
  for (const { paper, labels, strength } of works) {
    const placed = names.map((name) => placements[name](paper, labels));
    const lacking = names.find((_, index) => placed[index]!.length === 0);
    if (lacking !== undefined) {
      left.push({ key: paper.key, without: lacking });
      continue;
    }
    let counted = false;
    for (const cell of product(placed)) {
      const weaker = weakest([strength, ...cell.map((part) => part.strength)]);
      if (wanted !== "any" && weaker !== wanted) continue;
      counted = true;
      const id = `${cell.map(({ value }) => value).join("\n")}\n${String(weaker)}`;
      const row = tally.get(id);
      if (row) row.papers++;
      else {
        const values = Object.fromEntries(names.map((name, index) => [name, cell[index]!.value]));
        tally.set(id, { ...values, strength: weaker, papers: 1 } as PaperCount<D>);
      }
    }
    if (counted) papers++;
  }
  return { by: names, counts: ordered(names, [...tally.values()]), papers, left };
}

interface KeptWork {
  paper: Paper;
  labels: PaperLabel[];
  /** The weaker of the labels the filter asks for. */
  strength: Strength | null;
}

async function kept(filter: PaperFilter): Promise<{ kept: KeptWork[]; undated: string[] }> {
  const papers = await rows("papers", filter);
  const labelsOf = new Map<string, PaperLabel[]>();
  for (const row of labelsOfPapers(papers, await rows("figure_entries", filter))) {
    const others = labelsOf.get(row.key);
    if (others) others.push(row);
    else labelsOf.set(row.key, [row]);
  }
  const { inSurvey, strength: wanted = "any", from, to } = filter;
  const works: KeptWork[] = [];
  const undated: string[] = [];
  const conditions = asked.filter((name) => filter[name] !== undefined);
  for (const paper of papers) {
    if (inSurvey !== undefined && paper.in_survey !== inSurvey) continue;
    const labels = labelsOf.get(paper.key) ?? [];
    const found = conditions.map((name) =>
      placements[name](paper, labels).find(({ value }) => value === filter[name]),
    );
    if (found.includes(undefined)) continue;
    const strengths = found.map((placed) => placed!.strength);
    if (wanted !== "any" && strengths.some((strength) => strength !== null && strength !== wanted)) continue;
    if (from !== undefined || to !== undefined) {
      if (paper.date === null) undated.push(paper.key);
      if (paper.date === null || paper.date < (from ?? "") || paper.date > (to ?? "9999-12")) continue;
    }
    works.push({ paper, labels, strength: weakest(strengths) });
  }
  return { kept: works, undated };
}

function weakest(strengths: readonly (Strength | null)[]): Strength | null {
  return strengths.includes("weak") ? "weak" : strengths.includes("strong") ? "strong" : null;
}

/** Every choice of one value from each list. */
function product(lists: readonly Placed[][]): Placed[][] {
  return lists.reduce<Placed[][]>(
    (cells, list) => cells.flatMap((cell) => list.map((value) => [...cell, value])),
    [[]],
  );
}

/** Rows in the order of their dimensions' values: the survey's, or time's, or by frequency; strong before weak. */
function ordered<D extends Dimension>(names: readonly D[], counts: PaperCount<D>[]): PaperCount<D>[] {
  const ranks = names.map((name) => {
    const order: readonly (string | number)[] = orders[name] ?? valuesOf(name, counts);
    return new Map(order.map((value, index) => [value, index]));
  });
  const rank = (row: PaperCount<D>, index: number) => ranks[index]!.get(row[names[index]!])!;
  return counts.toSorted((a, b) => {
    for (const index of names.keys()) {
      const difference = rank(a, index) - rank(b, index);
      if (difference !== 0) return difference;
    }
    return (a.strength ?? "") < (b.strength ?? "") ? -1 : 1;
  });
}

function valuesOf<D extends Dimension>(name: D, counts: readonly PaperCount<D>[]): (string | number)[] {
  const totals = new Map<string | number, number>();
  for (const row of counts) totals.set(row[name], (totals.get(row[name]) ?? 0) + row.papers);
  const values = [...totals.keys()];
  if (name === "month" || name === "year") return values.toSorted((a, b) => (a < b ? -1 : 1));
  return values.toSorted((a, b) => totals.get(b)! - totals.get(a)! || (a < b ? -1 : 1));
}

/** Refuses what is not {@link PaperFilter}; `by` is what is counted by, where anything is. */
function requireFilter(call: string, filter: unknown, by: readonly Dimension[]): void {
  requireOptions(call, filter, '{ task: "search" }');
  const known = ["directory", "inSurvey", "strength", "from", "to", ...asked];
  for (const name of Object.keys(filter)) requireOneOf(call, "an option", name, known);
  const given = filter as Readonly<Record<string, unknown>>;
  const { inSurvey, strength, from, to } = given;
  requireFlag(call, "inSurvey", inSurvey);
  requireMonth(call, "from", from);
  requireMonth(call, "to", to);
  for (const name of asked) {
    const value = given[name];
    if (value === undefined) continue;
    if (words[name]) requireOneOf(call, name, value, words[name]);
    else if (typeof value !== "string")
      throw new TypeError(`${call}: ${name} must be text, got ${shown(value)}`);
  }
  if (strength === undefined) return;
  requireOneOf(call, "strength", strength, ["strong", "weak", "any"]);
  const labelled = [...by, ...asked.filter((name) => given[name] !== undefined)];
  if (strength === "any" || labelled.includes("capability") || labelled.includes("task")) return;
  throw new RangeError(
    `${call}: strength is a label's: it needs capability or task among what is counted by or asked for`,
  );
}
