/**
 * Why a work carries its capability and task labels, and how far each label can be trusted.
 *
 * A label is **strong** when a source files the work under it: one of the survey's tables or figures, its
 * repository (A), a category of AgentsMeetRL (B) or Awesome-RL-for-LRMs (C), or a reader who read it (F). It is **weak** when the only
 * reason is a citation in the survey's section of that name (`E:sec 3.1`): the work may be background, a data
 * set or a model there. Strength belongs to a label, not to a work: DAPO is filed under math (strong) and
 * merely cited in the section on reasoning (weak).
 */
import { requireOneOf, shown } from "./arguments.js";
import type { Month } from "./columns.js";
import { rows, SurveyDataError, type ReadOptions } from "./read.js";
import {
  capabilities,
  type Capability,
  type FigureEntry,
  type Label,
  type Paper,
  type Task,
  tasks,
} from "./rows.js";

export type Strength = "strong" | "weak";

/** One label of one work: the long table that every count is made from. */
export interface PaperLabel {
  key: string;
  date: Month | null;
  in_survey: boolean;
  by: "capability" | "task";
  label: Label;
  strength: Strength;
  /** The entries of `labels_from` that give this label. */
  evidence: string[];
}

const sections: Record<string, Label> = {
  "3.1": "planning",
  "3.2": "tool_use",
  "3.3": "memory",
  "3.4": "self_improvement",
  "3.5": "reasoning",
  "3.6": "perception",
  "4.1": "search",
  "4.2": "code",
  "4.3": "math",
  "4.4": "gui",
  "4.5": "vision",
  "4.6": "embodied",
  "4.7": "multi_agent",
  "4.8": "other",
};

const tables: Record<string, Label> = {
  "3": "memory",
  "4": "search",
  "5": "code",
  "6": "math",
  "7": "gui",
  "8": "multi_agent",
};

const categoriesB: Record<string, Label> = {
  tool_use: "tool_use",
  reasoning: "reasoning",
  memory: "memory",
  self_evolution: "self_improvement",
  search_rag: "search",
  web_gui: "gui",
  code_swe: "code",
  vlm_agent: "vision",
  multi_agent: "multi_agent",
  embodied: "embodied",
  domain_specific: "other",
};

const categoriesC: Record<string, Label> = {
  "Coding Agent": "code",
  "Code Generation": "code",
  "Software Engineering": "code",
  "Static Corpus (Code)": "code",
  "Search Agent": "search",
  "DeepResearch Agent": "search",
  "Browser-Use Agent": "gui",
  "GUI&Computer Agent": "gui",
  "Multimodal Understanding": "vision",
  "Multimodal Generation": "vision",
  "Robotics Tasks": "embodied",
  "Multi-Agent Systems": "multi_agent",
  "Static Corpus (Math)": "math",
  "Recommendation Agent": "other",
  "Scientific Tasks": "other",
  "Agent (Others)": "other",
};

const branches6: Record<string, Task> = {
  "Search & Research": "search",
  Code: "code",
  Math: "math",
  GUI: "gui",
  "Multi-Agent": "multi_agent",
  Others: "other",
};

/** What a reader files a work under: the label itself. */
const ownLabels = new Map<string, Label>([...capabilities, ...tasks].map((label) => [label, label]));

/** The forms of a reason in `labels_from`. */
const isReason = /^(A:Sec\d|B:.|C:.|E:(Table|Figure|sec) \d|F:.)/;

const isCitation = (evidence: string) => evidence.startsWith("E:sec ");

/**
 * How well a whole row is labelled: `strong` when anything but a section citation labels it, `weak` when only
 * citations do, `null` without labels. For a single label use {@link paperLabels}: a strong row may carry weak
 * labels too.
 *
 * @throws TypeError when it is given no row of papers, RangeError when a reason is of no known form.
 */
export function labelStrength(paper: Pick<Paper, "labels_from">): Strength | null {
  const reasons: unknown = (paper as Partial<Paper> | null | undefined)?.labels_from;
  if (!Array.isArray(reasons)) {
    throw new TypeError(
      `labelStrength(): needs a row of rows("papers") with its labels_from, got ${shown(paper)}; for one label of a work see paperLabels()`,
    );
  }
  for (const reason of reasons) {
    if (typeof reason === "string" && isReason.test(reason)) continue;
    throw new RangeError(
      `labelStrength(): labels_from must hold reasons such as "A:Sec4.1", "B:search_rag", "C:Search Agent", "E:Table 4" or "E:sec 4.1", got ${shown(reason)}`,
    );
  }
  if (paper.labels_from.length === 0) return null;
  return paper.labels_from.every(isCitation) ? "weak" : "strong";
}

/** The labels one entry of `labels_from` gives to a work; the drawings name no section, so they need its key. */
function labelsOf(evidence: string, key: string, drawn: readonly FigureEntry[]): Label[] {
  const [source, what] = [evidence.slice(0, 1), evidence.slice(2)];
  const of = (label: Label | undefined) => (label ? [label] : []);
  if (source === "A") return of(sections[what.replace("Sec", "")]);
  if (source === "B") return of(categoriesB[what]);
  if (source === "C") return of(categoriesC[what]);
  if (source === "F") return of(ownLabels.get(what));
  if (isCitation(evidence)) return of(sections[what.replace("sec ", "")]);
  if (what.startsWith("Table ")) return of(tables[what.replace("Table ", "")]);
  const figure = Number(what.replace("Figure ", ""));
  if (figure === 5) return ["tool_use"];
  const branches = drawn.filter((entry) => entry.figure === figure && entry.key === key);
  if (figure === 4) return branches.map(({ branch }) => branch as Capability);
  return branches.flatMap(({ branch }) => of(branches6[branch]));
}

/**
 * Every label of every work of papers.csv with its strength and its evidence. A work with several labels has
 * one row for each; a work without labels has none.
 *
 * @throws SurveyDataError when the evidence of a row does not give exactly the labels of the row.
 */
export async function paperLabels(options: ReadOptions = {}): Promise<PaperLabel[]> {
  return labelsOfPapers(await rows("papers", options), await rows("figure_entries", options));
}

/** {@link paperLabels} of rows that were read already: all of papers.csv, in the file's order. */
export function labelsOfPapers(papers: readonly Paper[], drawn: readonly FigureEntry[]): PaperLabel[] {
  return papers.flatMap((paper, index) => {
    const given = evidenceOf(paper, drawn);
    const fault = labelFault(paper, given);
    if (fault !== undefined) throw new SurveyDataError("papers.csv", index + 2, "labels_from", fault);
    return [...paper.capability, ...paper.task].map((label): PaperLabel => {
      const evidence = given.get(label)!;
      return {
        key: paper.key,
        date: paper.date,
        in_survey: paper.in_survey,
        by: isCapability(label) ? "capability" : "task",
        label,
        strength: evidence.every(isCitation) ? "weak" : "strong",
        evidence,
      };
    });
  });
}

/** The labels that a work's reasons give, each with those reasons. */
export function evidenceOf(
  { key, labels_from }: Pick<Paper, "key" | "labels_from">,
  drawn: readonly FigureEntry[],
): Map<Label, string[]> {
  const given = new Map<Label, string[]>();
  for (const evidence of labels_from) {
    for (const label of new Set(labelsOf(evidence, key, drawn))) {
      given.set(label, [...(given.get(label) ?? []), evidence]);
    }
  }
  return given;
}

/** What is wrong when a work's labels are not exactly those that its reasons give. */
export function labelFault(
  paper: Pick<Paper, "labels_from" | "capability" | "task">,
  given: ReadonlyMap<Label, unknown>,
): string | undefined {
  const labels: Label[] = [...paper.capability, ...paper.task];
  if (labels.length === given.size && labels.every((label) => given.has(label))) return undefined;
  const gives = [...given.keys()].join(";") || "no label";
  return `"${paper.labels_from.join(";")}" gives ${gives}, the row has ${labels.join(";") || "none"}`;
}

const isCapability = (label: Label): label is Capability =>
  (capabilities as readonly Label[]).includes(label);

/** The two kinds of labels. */
export const labelKinds = ["capability", "task"] as const;

/**
 * The labels of one kind in the survey's order, as figures draw them.
 *
 * @throws RangeError when there is no such kind.
 */
export function labelsBy(by: "capability" | "task"): readonly Label[] {
  requireOneOf("labelsBy()", "the kind of label", by, labelKinds);
  return by === "capability" ? capabilities : tasks;
}

/**
 * A label as prose writes it: `self_improvement` → "self-improvement".
 *
 * @throws RangeError when there is no such label.
 */
export function labelText(label: Label): string {
  requireOneOf("labelText()", "the label", label, [...capabilities, ...tasks]);
  const words: Partial<Record<Label, string>> = {
    tool_use: "tool use",
    self_improvement: "self-improvement",
    multi_agent: "multi-agent",
    gui: "GUI",
  };
  return words[label] ?? label;
}
