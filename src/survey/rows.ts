/**
 * The rows of the survey's tables as plain typed records, one interface a table. Field names are the CSV's
 * column names. `null` means that no source says it; an absent list is `[]`. Months are `YYYY-MM` text.
 * `datasets/survey/README.md` is the data's sheet: provenance, known slips, gaps.
 */
import type { Month } from "./columns.js";

/** The six capabilities of section 3, in the survey's order. */
export const capabilities = [
  "planning",
  "tool_use",
  "memory",
  "self_improvement",
  "reasoning",
  "perception",
] as const;
export type Capability = (typeof capabilities)[number];

/** The task domains of section 4, in the survey's order. */
export const tasks = ["search", "code", "math", "gui", "vision", "embodied", "multi_agent", "other"] as const;
export type Task = (typeof tasks)[number];

/** A label of either kind. The two sets share no word. */
export type Label = Capability | Task;

/** The sources of the rows, lettered as in the data's README. */
export const sources = ["A", "B", "C", "D", "E", "F"] as const;
export type Source = (typeof sources)[number];

/** The names of the tables: `papers`, `algorithms`, … */
export const tableNames = [
  "papers",
  "algorithms",
  "memory_methods",
  "search_agents",
  "code_agents",
  "math_agents",
  "gui_agents",
  "multi_agent_systems",
  "environments",
  "frameworks",
  "pbrft_vs_agentic",
  "survey_outline",
  "figure_entries",
  "tool_use_evolution",
  "evolution_tree",
  "capability_methods",
  "other_task_methods",
  "survey_references",
  "survey_citations",
  "agents_meet_rl",
  "figures",
  "errata",
] as const;
/** Not `keyof Tables`: of that, the compiler's answer to a wrong name would not list the names. */
export type TableName = (typeof tableNames)[number];

/** One work: a paper, a project or a page. */
export interface Paper {
  /** Slug, unique; joins every other table. */
  key: string;
  /** Method or short name; `null` for works without one (mostly surveys). */
  name: string | null;
  title: string | null;
  arxiv_id: string | null;
  /** From the arXiv id when there is one, else the source's date. */
  date: Month | null;
  url: string | null;
  code_url: string | null;
  /** Listed by the survey's repository, or by its references, tables or figures. */
  in_survey: boolean;
  sources: Source[];
  capability: Capability[];
  task: Task[];
  algorithm: string[];
  reward_type: "outcome" | "process" | "mixed" | null;
  base_model: string | null;
  organisation: string | null;
  /** Known for more works than `date` is. */
  year: number | null;
  kind: "paper" | "project" | "page";
  aliases: string[];
  /** Numbers in the survey's reference list. */
  survey_ref: number[];
  /** Sections that cite it. */
  survey_sections: string[];
  /** Where the labels come from, such as `E:Table 4` or `E:sec 3.2`; see `labels.ts`. */
  labels_from: string[];
  source_categories: string[];
}

/** A row that names a work of papers.csv. */
export interface Work {
  key: string | null;
  arxiv_id: string | null;
  date: Month | null;
}

/** What Tables 2 and 4–10 have in common. */
export interface TableRow {
  key: string;
  arxiv_id: string | null;
  date: Month | null;
  url: string | null;
  /** The source's word for the link: paper, blog, … */
  link_type: string | null;
  code_url: string | null;
  model_url: string | null;
  website_url: string | null;
  survey_ref: number[];
  /** A: the survey's repository, E: its text. */
  listed_in: ("A" | "E")[];
  /** What the text says where it differs from the repository, such as `type=Agentic RL`. */
  text_differs: string | null;
  note: string | null;
}

/** Table 2: PPO, DPO and GRPO variants. */
export interface Algorithm extends TableRow {
  method: string;
  family: "PPO" | "DPO" | "GRPO";
  /** As the survey prints it; `date` is the paper's own. */
  year: number;
  objective_type: string;
  clip: boolean;
  kl: "no" | "yes" | "adaptive" | "scaled";
  signal: string;
  /** Tag words of this project for the survey's mechanism column. */
  mechanism_tags: string[];
}

/** Table 3: agent memory. */
export interface MemoryMethod {
  method: string;
  group: string;
  type: string;
  /** The survey's dagger: directly employs RL. */
  rl_mark: boolean;
  tags: string[];
  key: string;
  arxiv_id: string | null;
  date: Month | null;
  url: string | null;
  code_url: string | null;
  survey_ref: number[];
  found_in: string;
  note: string | null;
}

/** Table 4: search and research agents. */
export interface SearchAgent extends TableRow {
  method: string;
  group: string;
  category: "External" | "Internal";
  base_llm: string | null;
}

/** Table 5: code and software-engineering agents. */
export interface CodeAgent extends TableRow {
  method: string;
  group: string;
  reward_type: "outcome" | "process";
  base_llm: string | null;
}

/** Table 6: mathematical reasoning agents. */
export interface MathAgent extends TableRow {
  method: string;
  group: string;
  reward_type: "outcome" | "process" | "hybrid";
}

/** Table 7: GUI agents. */
export interface GuiAgent extends TableRow {
  method: string;
  group: string;
  paradigm: "RL" | "SFT" | "Vanilla VLM";
  environment: "static" | "interactive" | null;
}

/** Table 8: multi-agent systems. */
export interface MultiAgentSystem extends TableRow {
  method: string;
  group: string;
  dynamic: boolean;
  train: boolean;
  rl_algorithm: string | null;
}

/** What an environment exercises; collaboration is not one of the six capabilities of section 3. */
export type Skill = Exclude<Capability, "perception"> | "collaboration";

/** Table 9: environments and benchmarks. */
export interface Environment extends TableRow {
  environment: string;
  group: string | null;
  capabilities: Skill[];
  domain: string[];
  modality: ("text" | "visual")[];
}

/** Table 10: training frameworks. */
export interface Framework extends TableRow {
  framework: string;
  group: string;
  type: string;
  feature_tags: string[];
}

/** Table 1: preference-based RL fine-tuning beside agentic RL, one concept a row, formulae in LaTeX. */
export interface Concept {
  concept: string;
  symbol: string;
  pbrft: string;
  agentic_rl: string;
  survey_equations: number[];
  in_table_1: boolean;
  note: string | null;
}

/** Figure 1: a section of the survey. */
export interface OutlineSection {
  section: string;
  title: string;
  level: number;
  parent: string | null;
  /** References cited in the section. */
  refs_cited: number;
  in_figure_1: boolean;
}

/** A label drawn in one of Figures 2–6. */
export interface FigureEntry extends Work {
  figure: number;
  branch: string;
  sub_branch: string | null;
  /** Counts from 1 inside a branch. */
  position: number;
  entry: string;
  year: number | null;
  found_in: string;
}

/** Figure 5: stages of tool use. */
export interface ToolUseEntry extends Work {
  stage: string;
  stage_no: number;
  position: number;
  entry: string;
  year: number | null;
  found_in: string;
}

/** Figure 6: the evolution tree. */
export interface EvolutionEntry extends Work {
  branch: string;
  sub_branch: string | null;
  position: number;
  entry: string;
  year: number | null;
  found_in: string;
}

/** A work named in section 3 or drawn in Figure 4. */
export interface CapabilityMethod extends Work {
  capability: Capability;
  subgroup: string | null;
  method: string | null;
  title: string | null;
  year: number | null;
  url: string | null;
  survey_ref: number[];
  found_in: string;
}

/** A work cited in sections 4.5, 4.6 or 4.8, which have no table. */
export interface TaskMethod extends Work {
  task: "vision" | "embodied" | "other";
  subgroup: string | null;
  method: string | null;
  title: string | null;
  year: number | null;
  url: string | null;
  survey_ref: number[];
  found_in: string;
}

/** One entry of the survey's reference list. */
export interface Reference {
  survey_ref: number;
  key: string;
  name: string | null;
  title: string;
  arxiv_id: string | null;
  /** The year printed in the list, often the venue's, not the preprint's. */
  year: number | null;
  url: string | null;
  sections: string[];
}

/** Where the survey cites a reference. */
export interface Citation {
  survey_ref: number;
  section: string;
  subgroup: string | null;
  /** The table (2–10) that cites it; `null` for running text. */
  table: number | null;
  name: string | null;
  key: string;
}

/** A row of AgentsMeetRL (source B). */
export interface AgentsMeetRlEntry {
  name: string | null;
  category: string;
  key: string;
  /** The repository's date, not the paper's. */
  date: Month | null;
  organisation: string | null;
  algorithm: string[];
  rl_framework: string | null;
  agents: "single" | "multi" | "both" | null;
  reward_type: "outcome" | "process" | "mixed" | null;
  turns: "single" | "multi" | "both" | null;
  reward_source: ("rule" | "model" | "external" | "custom" | "intrinsic" | "all")[];
  uses_tools: boolean | null;
  tools: string[];
  arxiv_id: string | null;
  other_arxiv_ids: string[];
  url: string | null;
  code_url: string | null;
}

/** A numbered figure or table of the survey, and what is needed to redraw it. */
export interface FigureSheet {
  kind: "figure" | "table";
  number: number;
  caption: string;
  data_needed: string;
  reproducible: "yes" | "partly";
  files: string[];
  missing: string | null;
}

/** Where the survey disagrees with what it cites, or with itself. */
export interface Erratum {
  /** `Table 4`, `Figure 6` or `References`. */
  place: string;
  /** The row's name as printed; of the reference list its number. */
  row: string;
  key: string;
  /** The column that is wrong, by its name in the data. */
  field: string;
  printed: string;
  /** `null` where it is wrong and no source gives the right value. */
  should_be: string | null;
  /** What shows it; `survey` is the survey against itself, `primary` the work's own text or a documentation that gives it, the others identifiers in this data. */
  evidence: "arxiv_id" | "title" | "reference" | "dates" | "survey" | "primary";
  /** Where to look. */
  source: string;
  note: string | null;
}

/** Table name (the file's name without `.csv`) → its row. */
export interface Tables {
  papers: Paper;
  algorithms: Algorithm;
  memory_methods: MemoryMethod;
  search_agents: SearchAgent;
  code_agents: CodeAgent;
  math_agents: MathAgent;
  gui_agents: GuiAgent;
  multi_agent_systems: MultiAgentSystem;
  environments: Environment;
  frameworks: Framework;
  pbrft_vs_agentic: Concept;
  survey_outline: OutlineSection;
  figure_entries: FigureEntry;
  tool_use_evolution: ToolUseEntry;
  evolution_tree: EvolutionEntry;
  capability_methods: CapabilityMethod;
  other_task_methods: TaskMethod;
  survey_references: Reference;
  survey_citations: Citation;
  agents_meet_rl: AgentsMeetRlEntry;
  figures: FigureSheet;
  errata: Erratum;
}
