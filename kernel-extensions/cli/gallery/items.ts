/** What the gallery shows: the survey's figures, those beyond it, and its tables, each with its rows' account. */
import { figureCatalogue, type RowsDrawn, type SurveyFigure } from "../../../src/figures/survey/index.js";
import { rows } from "../../../src/survey/read.js";
import type { TableName } from "../../../src/survey/rows.js";
import { table, tableNumbers, type TableNumber } from "../../../src/survey/tables.js";
import { renderMath } from "../html/math.js";

export const kinds = ["figures", "beyond", "tables"] as const;
export type Kind = (typeof kinds)[number];

export interface ItemName {
  /** Of its files and on the command line. */
  readonly id: string;
  readonly kind: Kind;
  /** "Figure 4", "Table 9"; of what is beyond the survey, what it shows. */
  readonly label: string;
  /** What it shows, in a few words. */
  readonly name: string;
}

export interface Item extends ItemName {
  /** The finding, or the caption. */
  readonly title: string;
  /** What it shows, for readers who cannot see it. */
  readonly alt: string;
  readonly csv: string;
  readonly rows: readonly RowsDrawn[];
  /** One of the two. */
  readonly figure?: SurveyFigure;
  readonly html?: string;
}

/** The file of the data that each table is made of. */
const tableFiles: Readonly<Record<TableNumber, TableName>> = {
  1: "pbrft_vs_agentic",
  2: "algorithms",
  3: "memory_methods",
  4: "search_agents",
  5: "code_agents",
  6: "math_agents",
  7: "gui_agents",
  8: "multi_agent_systems",
  9: "environments",
  10: "frameworks",
};

const tableNames: Readonly<Record<TableNumber, string>> = {
  1: "PBRFT and agentic RL",
  2: "Algorithms",
  3: "Memory",
  4: "Search agents",
  5: "Code agents",
  6: "Math agents",
  7: "GUI agents",
  8: "Multi-agent systems",
  9: "Environments",
  10: "Frameworks",
};

/** Everything there is, in the order in which it is shown. */
export const itemNames: readonly ItemName[] = [
  ...figureCatalogue.map(({ id, number, name }): ItemName => {
    if (number === null) return { id, kind: "beyond", label: "Beyond the survey", name };
    return { id, kind: "figures", label: `Figure ${number}`, name };
  }),
  ...tableNumbers.map((number): ItemName => ({
    ...{ id: `table-${number}`, kind: "tables", label: `Table ${number}` },
    name: tableNames[number],
  })),
];

/** Draws an item. */
export async function makeItem(item: ItemName): Promise<Item> {
  const entry = figureCatalogue.find(({ id }) => id === item.id);
  if (entry !== undefined) {
    const figure = await entry.draw();
    const { title, alt, csv, rows: accounts } = figure;
    return { ...item, title, alt, csv, rows: accounts, figure };
  }
  return await tableItem(
    item,
    tableNumbers.find((number) => item.id === `table-${number}`)!,
  );
}

async function tableItem(item: ItemName, number: TableNumber): Promise<Item> {
  const shown = await table(number);
  const frame = tableFiles[number];
  const all = (await rows(frame)) as readonly object[];
  const records = shown.records();
  const identity = Object.keys(all[0] ?? {})[0]!;
  const keyOf = (row: object) => {
    const { key, [identity]: own } = row as Record<string, unknown>;
    return String(key ?? own);
  };
  const drawn = new Set(records.map(keyOf));
  const keys = all.map(keyOf).filter((key) => !drawn.has(key));
  const left = keys.length === 0 ? [] : [{ reason: "not in the survey's table", count: keys.length, keys }];
  return {
    ...item,
    title: shown.caption,
    alt: `${shown.title}: ${records.length} rows, columns ${shown.titles.join(", ")}. ${shown.source}`,
    csv: shown.toCsv(),
    rows: [{ frame, rows: all.length, used: records.length, left }],
    html: withFormulae(shown.toHtml()),
  };
}

/** Formulae between `$` signs as MathML. */
function withFormulae(html: string): string {
  return html.replace(/>\$([^$<]+)\$</g, (_, tex: string) => `>${renderMath(unescapeHtml(tex), false)}<`);
}

const unescapeHtml = (text: string) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
