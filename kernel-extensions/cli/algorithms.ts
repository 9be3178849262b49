import type { AlgorithmEntry } from "../../src/algorithms/catalogue/entry.js";
import { wrap } from "../../src/figures/figure.js";
import { noPositionals, parse, type Command } from "./command.js";
import { textTable } from "./learning/table.js";

const help = `Usage: arl algorithms [NAME] [--json]

Lists every algorithm: its family, its paper, and what it is here: faithful to the method's own formula,
simplified (and how), or not possible here (and why). With NAME its entry in full.

  --json  print JSON
`;

/** Characters of a line of text in the table. */
const textWidth = 90;

export const algorithms: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, { json: { type: "boolean", default: false } });
    const [name, ...more] = positionals;
    noPositionals(more);
    if (name !== undefined) {
      const { algorithmNamed } = await import("./learning/algorithm-names.js");
      const entry = algorithmNamed(name);
      process.stdout.write(values.json ? jsonText(entry) : page(entry));
      return 0;
    }
    const { algorithmEntries } = await import("../../src/algorithms/catalogue.js");
    const entries = algorithmEntries();
    process.stdout.write(values.json ? jsonText(entries) : table(entries));
    return 0;
  },
};

/** JSON leaves out what is a function. */
const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Of each what it changes, and under that what it is here. */
function table(entries: readonly AlgorithmEntry[]): string {
  return textTable([
    ["NAME", "FAMILY", "PAPER", "WHAT IT CHANGES, AND STATUS HERE"],
    ...entries.flatMap((entry) => {
      const lines = [...wrap(entry.changes, textWidth), ...wrap(statusText(entry), textWidth)];
      return lines.map((line, i) =>
        i === 0 ? [entry.name, entry.family, paperId(entry), line] : ["", "", "", line],
      );
    }),
  ]);
}

/** "simplified: kept is …" */
function statusText(entry: AlgorithmEntry): string {
  return entry.status === "faithful" ? entry.status : `${entry.status}: ${entry.how}`;
}

/** "arXiv 2402.03300", or the year of older work. */
function paperId({ paper }: AlgorithmEntry): string {
  return paper.arxiv === undefined ? String(paper.year) : `arXiv ${paper.arxiv}`;
}

function page(entry: AlgorithmEntry): string {
  const { name, title, family, paper, changes, source, survey, note } = entry;
  return textTable([
    [name, title],
    ["family", family],
    ["status", statusText(entry)],
    ["changes", changes],
    ["paper", `${paper.title} (${paper.year}${paper.arxiv === undefined ? "" : `, arXiv ${paper.arxiv}`})`],
    ["formula", source],
    ...(survey === undefined ? [] : [["survey", `${survey} in Table 2`]]),
    ...(note === undefined ? [] : [["note", note]]),
    ...(entry.status === "not possible here"
      ? []
      : [["options", `${entry.options.join(", ") || "none"} (arl train ENV --algorithm ${name} --set …)`]]),
  ]);
}
