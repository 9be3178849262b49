/** What each table's columns hold and what may not repeat in it. Adding a table: its row in `rows.ts`, its entry here. */
import {
  arxivId,
  integer,
  integers,
  key,
  link,
  list,
  listOf,
  month,
  oneOf,
  optional,
  printedPlace,
  section,
  text,
  trueFalse,
  year,
  yesNo,
  type Column,
} from "./columns.js";
import {
  capabilities,
  sources,
  tasks,
  type TableName,
  type TableRow,
  type Tables,
  type Work,
} from "./rows.js";

export interface Schema<Row> {
  readonly columns: { readonly [C in keyof Row]: Column<Row[C]> };
  /** Column groups whose values together appear at most once. */
  readonly unique: readonly (readonly (keyof Row & string)[])[];
}

const words = optional(text);
const linked = optional(link);
const dates = { arxiv_id: optional(arxivId), date: optional(month) };
const work: Schema<Work>["columns"] = { key: optional(key), ...dates };
const reward = oneOf("outcome", "process", "mixed");
const turns = optional(oneOf("single", "multi", "both"));

const tableRow: Schema<TableRow>["columns"] = {
  key,
  ...dates,
  url: linked,
  link_type: words,
  code_url: linked,
  model_url: linked,
  website_url: linked,
  survey_ref: integers,
  listed_in: listOf(oneOf("A", "E")),
  text_differs: words,
  note: words,
};

export const schemas: { readonly [T in TableName]: Schema<Tables[T]> } = {
  papers: {
    columns: {
      key,
      name: words,
      title: words,
      ...dates,
      url: linked,
      code_url: linked,
      in_survey: trueFalse,
      sources: listOf(oneOf(...sources)),
      capability: listOf(oneOf(...capabilities)),
      task: listOf(oneOf(...tasks)),
      algorithm: list,
      reward_type: optional(reward),
      base_model: words,
      organisation: words,
      year: optional(year),
      kind: oneOf("paper", "project", "page"),
      aliases: list,
      survey_ref: integers,
      survey_sections: listOf(section),
      labels_from: list,
      source_categories: list,
    },
    unique: [["key"], ["arxiv_id"], ["title"], ["url"]],
  },
  algorithms: {
    columns: {
      ...tableRow,
      method: text,
      family: oneOf("PPO", "DPO", "GRPO"),
      year,
      objective_type: text,
      clip: yesNo,
      kl: oneOf("no", "yes", "adaptive", "scaled"),
      signal: text,
      mechanism_tags: list,
    },
    unique: [["key"], ["method"]],
  },
  memory_methods: {
    columns: {
      key,
      ...dates,
      method: text,
      group: text,
      type: text,
      rl_mark: yesNo,
      tags: list,
      url: linked,
      code_url: linked,
      survey_ref: integers,
      found_in: text,
      note: words,
    },
    unique: [["key"], ["method"]],
  },
  search_agents: {
    columns: {
      ...tableRow,
      method: text,
      group: text,
      category: oneOf("External", "Internal"),
      base_llm: words,
    },
    unique: [["key"], ["method"]],
  },
  code_agents: {
    columns: {
      ...tableRow,
      method: text,
      group: text,
      reward_type: oneOf("outcome", "process"),
      base_llm: words,
    },
    unique: [["key"], ["method"]],
  },
  math_agents: {
    columns: { ...tableRow, method: text, group: text, reward_type: oneOf("outcome", "process", "hybrid") },
    unique: [["key"], ["method"]],
  },
  gui_agents: {
    columns: {
      ...tableRow,
      method: text,
      group: text,
      paradigm: oneOf("RL", "SFT", "Vanilla VLM"),
      environment: optional(oneOf("static", "interactive")),
    },
    unique: [["key"], ["method"]],
  },
  multi_agent_systems: {
    columns: { ...tableRow, method: text, group: text, dynamic: yesNo, train: yesNo, rl_algorithm: words },
    unique: [["key"], ["method"]],
  },
  environments: {
    columns: {
      ...tableRow,
      environment: text,
      group: words,
      capabilities: listOf(
        oneOf("reasoning", "planning", "tool_use", "memory", "collaboration", "self_improvement"),
      ),
      domain: list,
      modality: listOf(oneOf("text", "visual")),
    },
    unique: [["key"], ["environment"]],
  },
  frameworks: {
    columns: { ...tableRow, framework: text, group: text, type: text, feature_tags: list },
    unique: [["key"], ["framework"]],
  },
  pbrft_vs_agentic: {
    columns: {
      concept: text,
      symbol: text,
      pbrft: text,
      agentic_rl: text,
      survey_equations: integers,
      in_table_1: yesNo,
      note: words,
    },
    unique: [["concept"]],
  },
  survey_outline: {
    columns: {
      section,
      title: text,
      level: integer,
      parent: optional(section),
      refs_cited: integer,
      in_figure_1: yesNo,
    },
    unique: [["section"]],
  },
  figure_entries: {
    columns: {
      ...work,
      figure: integer,
      branch: text,
      sub_branch: words,
      position: integer,
      entry: text,
      year: optional(year),
      found_in: text,
    },
    unique: [["figure", "branch", "sub_branch", "position"]],
  },
  tool_use_evolution: {
    columns: {
      ...work,
      stage: text,
      stage_no: integer,
      position: integer,
      entry: text,
      year: optional(year),
      found_in: text,
    },
    unique: [["stage_no", "position"]],
  },
  evolution_tree: {
    columns: {
      ...work,
      branch: text,
      sub_branch: words,
      position: integer,
      entry: text,
      year: optional(year),
      found_in: text,
    },
    unique: [["branch", "sub_branch", "position"]],
  },
  capability_methods: {
    columns: {
      ...work,
      capability: oneOf(...capabilities),
      subgroup: words,
      method: words,
      title: words,
      year: optional(year),
      url: linked,
      survey_ref: integers,
      found_in: text,
    },
    unique: [],
  },
  other_task_methods: {
    columns: {
      ...work,
      task: oneOf("vision", "embodied", "other"),
      subgroup: words,
      method: words,
      title: words,
      year: optional(year),
      url: linked,
      survey_ref: integers,
      found_in: text,
    },
    unique: [["task", "subgroup", "survey_ref"]],
  },
  survey_references: {
    columns: {
      survey_ref: integer,
      key,
      name: words,
      title: text,
      arxiv_id: optional(arxivId),
      year: optional(year),
      url: linked,
      sections: listOf(section),
    },
    unique: [["survey_ref"]],
  },
  survey_citations: {
    columns: {
      survey_ref: integer,
      section,
      subgroup: words,
      table: optional(integer),
      name: words,
      key,
    },
    unique: [["survey_ref", "section", "subgroup", "table"]],
  },
  agents_meet_rl: {
    columns: {
      name: words,
      category: text,
      key,
      ...dates,
      organisation: words,
      algorithm: list,
      rl_framework: words,
      agents: turns,
      reward_type: optional(reward),
      turns,
      reward_source: listOf(oneOf("rule", "model", "external", "custom", "intrinsic", "all")),
      uses_tools: optional(yesNo),
      tools: list,
      other_arxiv_ids: listOf(arxivId),
      url: linked,
      code_url: linked,
    },
    unique: [["arxiv_id"], ["url"], ["code_url"]],
  },
  figures: {
    columns: {
      kind: oneOf("figure", "table"),
      number: integer,
      caption: text,
      data_needed: text,
      reproducible: oneOf("yes", "partly"),
      files: list,
      missing: words,
    },
    unique: [["kind", "number"]],
  },
  errata: {
    columns: {
      place: printedPlace,
      row: text,
      key,
      field: text,
      printed: text,
      should_be: words,
      evidence: oneOf("arxiv_id", "title", "reference", "dates", "survey", "primary"),
      source: text,
      note: words,
    },
    unique: [["place", "row", "field"]],
  },
};
