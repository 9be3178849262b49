/**
 * Tables 1–10 of the survey, each one function: its columns as the survey has them, its rows in its order, links,
 * and what the survey got wrong in the last column (`errata.csv`, and where its text and its repository differ).
 * Its prose columns are tag words of this project, and say so.
 */
import { requireOptions, shown } from "./arguments.js";
import { rows, type ReadOptions } from "./read.js";
import type {
  Algorithm,
  CodeAgent,
  Concept,
  Environment,
  Erratum,
  Framework,
  GuiAgent,
  MathAgent,
  MemoryMethod,
  MultiAgentSystem,
  SearchAgent,
  TableName,
} from "./rows.js";
import { SurveyTable, type Content, type TableColumn } from "./survey-table.js";

type TextContent = Extract<Content, { kind: "text" }>;

/** A row with what is wrong in it. */
export type WithErrata<Row> = Row & { errata: Erratum[] };

/** The rows of Tables 1–10, by number. */
export interface NumberedTables {
  1: Concept;
  2: Algorithm;
  3: MemoryMethod;
  4: SearchAgent;
  5: CodeAgent;
  6: MathAgent;
  7: GuiAgent;
  8: MultiAgentSystem;
  9: Environment;
  10: Framework;
}
export type TableNumber = keyof NumberedTables;

type Loader<Row> = (options?: ReadOptions) => Promise<SurveyTable<WithErrata<Row>>>;

interface Listed {
  key: string;
  url: string | null;
  code_url: string | null;
  model_url?: string | null;
  website_url?: string | null;
  survey_ref: number[];
  listed_in?: ("A" | "E")[];
  text_differs?: string | null;
  note: string | null;
}

const text = (value: string | number | boolean | readonly string[] | null): TextContent => {
  if (typeof value === "boolean") return { kind: "text", text: value ? "yes" : "no" };
  if (typeof value === "object" && value !== null) return { kind: "text", text: value.join(", ") };
  return { kind: "text", text: String(value ?? "") };
};

/** A column that shows a field as it is; of the data's words of several parts, `tool_use`, as prose. */
const field = <Row>(title: string, name: keyof Row): TableColumn<Row> => ({
  title,
  content: (row) => {
    const shown = text(row[name] as Parameters<typeof text>[0]);
    return name === "capabilities" ? { ...shown, text: shown.text.replaceAll("_", " ") } : shown;
  },
});

/** What follows the survey's own columns in Tables 2–10. */
function ending<Row extends Listed>(names: Fields<Row>): TableColumn<WithErrata<Row>>[] {
  return [
    { title: "Resources", content: (row) => ({ kind: "links", links: resources(row) }) },
    {
      title: "Reference",
      content: (row) => text(row.survey_ref.map((number) => `[${String(number)}]`).join(" ")),
    },
    { title: "Errata and notes", content: (row) => text(remarks(row, names)) },
  ];
}

function resources({ code_url, model_url, website_url }: Listed): { text: string; href: string }[] {
  const links = { code: code_url, model: model_url, website: website_url };
  return Object.entries(links).flatMap(([text, href]) => (href ? [{ text, href }] : []));
}

/** The data's fields by the titles they have in the table. */
type Field<Row> = readonly [field: keyof Row & string, title: string];
type Fields<Row> = readonly [name: Field<Row>, ...others: Field<Row>[]];

/** Errata, then where the survey's text and its repository differ; a note on the row where neither says it. */
function remarks<Row extends Listed>(row: WithErrata<Row>, fields: Fields<Row>): string {
  const titleOf = (name: string) =>
    fields.find(([field]) => field === name)?.[1] ?? otherTitles[name] ?? name;
  const found = row.errata.map(({ field, printed, should_be, source, note }) => {
    const right = should_be === null ? "" : `, should be ${should_be}`;
    return `${titleOf(field)}: printed ${printed}${right} (${[source, note].filter(Boolean).join("; ")})`;
  });
  const differing = row.text_differs ?? null;
  if (differing !== null) {
    const at = differing.indexOf("=");
    const said = differing.slice(at + 1).replaceAll(";", ", ");
    found.push(`${titleOf(differing.slice(0, at))}: as in the survey's repository; its text says ${said}`);
  }
  if (found.length === 0 && row.note !== null) found.push(row.note);
  if (row.listed_in?.length === 1) {
    found.push(`only in the survey's ${row.listed_in[0] === "A" ? "repository" : "text"}`);
  }
  return found.join(". ");
}

const otherTitles: Record<string, string> = {
  survey_ref: "Reference",
  url: "Link",
  website_url: "Website",
  group: "Group",
};

interface Plan<Row> {
  caption: string;
  /** Of the name, the survey's columns and their titles. */
  fields: Fields<Row>;
  group: (row: Row) => string | null;
}

/** Tables 2–10 differ in their columns only. */
function listed<Row extends Listed>(number: TableNumber, file: TableName, plan: Plan<Row>): Loader<Row> {
  const { caption, fields, group } = plan;
  return async (options = {}) => {
    requireOptions(`table(${String(number)})`, options, '{ directory: "survey" }');
    const [[nameField, nameTitle], ...others] = fields;
    const errata = (await rows("errata", options)).filter(({ place }) => place === `Table ${String(number)}`);
    const read = (await rows(file, options)) as unknown as Row[];
    const found = read.map((row): WithErrata<Row> => ({
      ...row,
      errata: errata.filter((erratum) => erratum.row === row[nameField]),
    }));
    const columns: TableColumn<WithErrata<Row>>[] = [
      { title: nameTitle, content: (row) => ({ ...text(row[nameField] as string), href: row.url }) },
      ...others.map(([column, title]) => field<WithErrata<Row>>(title, column)),
      ...ending<Row>(fields),
    ];
    return new SurveyTable<WithErrata<Row>>({
      ...{ number, caption, columns, rows: found, group },
      source: sourceLine(number, file, found),
      record: (row) => ({ ...withoutErrata(row), errata: remarks(row, fields) || null }),
    });
  };
}

function withoutErrata<Row extends object>(row: WithErrata<Row>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "errata"));
}

function sourceLine(number: number, file: TableName, found: readonly { errata: Erratum[] }[]): string {
  const wrong = found.filter(({ errata }) => errata.length > 0).length;
  return (
    `After arXiv 2509.02547, Table ${String(number)}, and the survey's repository; data: ${file}.csv, ` +
    `${String(found.length)} rows, ${String(wrong)} of them with errata.`
  );
}

/** Table 1: preference-based RL fine-tuning beside agentic RL, concept by concept, in LaTeX. */
const pbrftVersusAgenticRl: Loader<Concept> = async (options = {}) => {
  requireOptions("table(1)", options, '{ directory: "survey" }');
  const all = await rows("pbrft_vs_agentic", options);
  const errata = (await rows("errata", options)).filter(({ place }) => place === "Table 1");
  const found = all
    .filter((row) => row.in_table_1)
    .map((row) => ({ ...row, errata: errata.filter((erratum) => erratum.row === row.concept) }));
  const others = all.filter((row) => !row.in_table_1).map(({ concept }) => concept);
  type Row = WithErrata<Concept>;
  const formula = (title: string, name: "symbol" | "pbrft" | "agentic_rl"): TableColumn<Row> => ({
    title,
    content: (row) => ({ kind: "formula", tex: row[name] }),
  });
  return new SurveyTable<Row>({
    number: 1,
    caption: "Preference-based RL fine-tuning and agentic RL, concept by concept",
    columns: [
      field<Row>("Concept", "concept"),
      formula("Symbol", "symbol"),
      formula("PBRFT", "pbrft"),
      formula("Agentic RL", "agentic_rl"),
      {
        title: "Equations",
        content: (row) => text(row.survey_equations.map((number) => `(${String(number)})`).join(" ")),
      },
      {
        title: "Errata and notes",
        content: (row) =>
          text(
            [
              ...row.errata.map(
                ({ printed, should_be }) => `printed ${printed}, should be ${String(should_be)}`,
              ),
              row.note ?? "",
            ].join(""),
          ),
      },
    ],
    rows: found,
    group: () => null,
    source: `After arXiv 2509.02547, Table 1; data: pbrft_vs_agentic.csv, which also has what section 2 says of ${others.join(" and ")}.`,
    record: (row) => ({ ...withoutErrata(row), errata: row.note }),
  });
};

/**
 * Tables 1–10 by name, in their order.
 *
 * @example await tables.searchAgents()
 */
export const tables = {
  pbrftVersusAgenticRl,
  algorithms: listed<Algorithm>(2, "algorithms", {
    caption: "PPO, DPO and GRPO: the variants of three families",
    fields: [
      ["method", "Method"],
      ["year", "Year"],
      ["objective_type", "Objective type"],
      ["clip", "Clip"],
      ["kl", "KL penalty"],
      ["mechanism_tags", "Mechanism (tags)"],
      ["signal", "Signal"],
    ],
    group: (row) => `${row.family} family`,
  }),
  memoryMethods: listed<MemoryMethod>(3, "memory_methods", {
    caption: "Three classes of agent memory",
    fields: [
      ["method", "Method"],
      ["type", "Type"],
      ["rl_mark", "Employs RL (†)"],
      ["tags", "Characteristics (tags)"],
    ],
    group: (row) => row.group,
  }),
  searchAgents: listed<SearchAgent>(4, "search_agents", {
    caption: "RL for search and research agents",
    fields: [
      ["method", "Method"],
      ["category", "Category"],
      ["base_llm", "Base LLM"],
    ],
    group: (row) => row.group,
  }),
  codeAgents: listed<CodeAgent>(5, "code_agents", {
    caption: "RL for code and software-engineering agents",
    fields: [
      ["method", "Method"],
      ["reward_type", "Reward"],
      ["base_llm", "Base LLM"],
    ],
    group: (row) => row.group,
  }),
  mathAgents: listed<MathAgent>(6, "math_agents", {
    caption: "RL for mathematical-reasoning agents",
    fields: [
      ["method", "Method"],
      ["reward_type", "Reward"],
    ],
    group: (row) => row.group,
  }),
  guiAgents: listed<GuiAgent>(7, "gui_agents", {
    caption: "GUI agents by paradigm and environment",
    fields: [
      ["method", "Method"],
      ["paradigm", "Paradigm"],
      ["environment", "Environment"],
    ],
    group: (row) => row.group,
  }),
  multiAgentSystems: listed<MultiAgentSystem>(8, "multi_agent_systems", {
    caption: "RL and evolution in LLM-based multi-agent systems",
    fields: [
      ["method", "Method"],
      ["dynamic", "Dynamic"],
      ["train", "Train"],
      ["rl_algorithm", "RL algorithm"],
    ],
    group: (row) => row.group,
  }),
  environments: listed<Environment>(9, "environments", {
    caption: "Environments and benchmarks for agentic RL",
    fields: [
      ["environment", "Environment or benchmark"],
      ["capabilities", "Agent capability"],
      ["domain", "Task domain"],
      ["modality", "Modality"],
    ],
    // The survey's Table 9 has no subheadings; `group` is the subsection that discusses the row.
    group: () => null,
  }),
  frameworks: listed<Framework>(10, "frameworks", {
    caption: "RL frameworks",
    fields: [
      ["framework", "Framework"],
      ["type", "Type"],
      ["feature_tags", "Features (tags)"],
    ],
    group: (row) => row.group,
  }),
};

const byNumber: { readonly [N in TableNumber]: Loader<NumberedTables[N]> } = {
  1: tables.pbrftVersusAgenticRl,
  2: tables.algorithms,
  3: tables.memoryMethods,
  4: tables.searchAgents,
  5: tables.codeAgents,
  6: tables.mathAgents,
  7: tables.guiAgents,
  8: tables.multiAgentSystems,
  9: tables.environments,
  10: tables.frameworks,
};

export const tableNumbers: readonly TableNumber[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/**
 * A table of the survey by its number.
 *
 * @example await table(4)
 * @example (await table(7)).rows.filter((row) => row.errata.length > 0)
 * @throws RangeError when the survey has no table of that number.
 */
export async function table<N extends TableNumber>(
  number: N,
  options: ReadOptions = {},
): Promise<SurveyTable<WithErrata<NumberedTables[N]>>> {
  if (!tableNumbers.includes(number)) {
    throw new RangeError(
      `table(): the survey has Tables 1 to 10, got ${shown(number)}; rows(name) and frame(name) give a file of the data`,
    );
  }
  return byNumber[number](options);
}
