/** Figure 6: reinforcement learning for agents, by domain and month. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { palette } from "../figure.js";
import { Canvas, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { drawTimeTree } from "./time-tree.js";
import { and, commonest, monthName } from "./words.js";

/** The colour of each domain, as in the other figures. */
const colours: Record<string, string> = {
  "Search & Research": palette.blue,
  Code: palette.orange,
  Math: palette.green,
  GUI: palette.purple,
  "Multi-Agent": palette.vermilion,
  Others: palette.grey,
};

/** Pixels of the sheet: a month needs room for its labels. */
const wide = 1188;

/**
 * Figure 6 as a tree that grows to the right: a stem a domain, a symbol a sub-branch, a column a month of the newest
 * year or an earlier year. Works without a date stand behind the end of time, labels without a work in the data on a
 * pale card.
 *
 * Drawn: every row of `evolution_tree`, the two labels that the survey's figure has twice too.
 */
export async function figure6EvolutionTree(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "evolution_tree",
    await readRows("evolution_tree", options),
    ({ key, entry }) => key ?? entry,
  );
  const names = [...new Set(drawn.map(({ branch }) => branch))];
  const order = [...Object.keys(colours), ...names.filter((name) => !(name in colours))];
  const branches = order
    .filter((name) => names.includes(name))
    .map((name) => ({ name, colour: colours[name] ?? palette.sky }));
  const canvas = new Canvas(wide);
  const height = drawTimeTree(
    canvas,
    drawn.map((row) => ({
      ...{ branch: row.branch, part: row.sub_branch, label: row.entry, date: row.date, year: row.year },
      ...{ known: row.key !== null, hover: workHover(row) },
    })),
    branches,
    { root: "RL for LLM agents", size: 11 },
  );

  const dated = drawn.filter(({ date }) => date !== null);
  const peak = commonest(dated.map(({ date }) => date!));
  const domains = commonest(drawn.map(({ branch }) => branch));
  const title = `The tree is densest in ${and(peak.values.map(monthName))}: ${String(peak.count)} of its ${String(dated.length)} dated labels; ${and(domains.values)} is the largest branch (${String(domains.count)})`;
  const count = (keep: (row: (typeof drawn)[number]) => boolean) => String(drawn.filter(keep).length);
  const subtitle = [
    `All ${String(drawn.length)} labels of the survey's figure: ${String(dated.length)} at their month, ${count(({ date, year }) => date === null && year !== null)} at their year, ${count(({ date, year }) => date === null && year === null)} without a date.`,
    `Pale cards: no work in the data (${count(({ key }) => key === null)}). Months without a label have no column.`,
  ];
  const alt = branches
    .map(
      ({ name }) =>
        `${name}: ${drawn
          .filter(({ branch }) => branch === name)
          .map((row) => `${row.entry} (${row.date ?? row.year ?? "no date"})`)
          .join(", ")}.`,
    )
    .join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height }),
    [account],
    drawn.map(({ branch, sub_branch, position, entry, key, arxiv_id, date, year }) => ({
      ...{ branch, sub_branch, position, entry, key, arxiv_id, date, year },
    })),
  );
}
