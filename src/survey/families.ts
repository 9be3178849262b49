/**
 * Sorting the free words of the data into families: algorithms, base models, organisations. The words stay in the
 * data as the sources wrote them; what a family is, is decided here and nowhere else.
 */

/** The survey's three families (Table 2), policy gradients without a ratio, and other named methods. */
export const algorithmFamilies = ["PPO", "DPO", "GRPO", "policy gradient", "other"] as const;
export type AlgorithmFamily = (typeof algorithmFamilies)[number];

/** What Table 2 files under each family, beside names that say so themselves, and the plain policy gradients. */
const methods: Record<Exclude<AlgorithmFamily, "other">, readonly string[]> = {
  PPO: ["PPO", "VAPO", "PF-PPO", "VinePPO", "PSGPO", "LitePPO"],
  DPO: ["DPO", "β-DPO", "SimPO", "IPO", "KTO", "ORPO", "Step-DPO", "LCPO"],
  GRPO: [
    ...["GRPO", "DAPO", "LUFFY", "GSPO", "GMPO", "ProRL", "Posterior-GRPO", "Dr.GRPO", "Step-GRPO", "SRPO"],
    ...["GRESO", "StarPO", "GHPO", "Skywork R1V2", "ASPO", "TreePo", "EDGE-GRPO", "ARPO", "DARS", "CHORD"],
    ...["PAPO", "Pass@k Training", "KTAE"],
  ],
  "policy gradient": ["REINFORCE", "REINFORCE++", "RLOO", "ReMax", "policy gradient"],
};

const familyOf = new Map(
  Object.entries(methods).flatMap(([family, names]) =>
    names.map((name) => [name.toLowerCase(), family as AlgorithmFamily] as const),
  ),
);

/** Words of the `algorithm` column that say that there is reinforcement learning, or tuning, but not which. */
const namesNone = /(^|\s)RL(\s|$)|^RL-based$|^RLVR$|^Custom$|^N\/A$|^SFT$|^PRM$|^MCTS\/RM-guided$/;

/**
 * The family of a word in the `algorithm` column: Table 2's where the method stands there, GRPO for names that
 * hold it (Tree-GRPO, MAGRPO, GSPO-Token of GSPO), "other" for other named methods, `null` for words that name no
 * algorithm ("Agentic RL", "Custom", "N/A").
 */
export function algorithmFamily(word: string): AlgorithmFamily | null {
  if (namesNone.test(word)) return null;
  const known = familyOf.get(word.toLowerCase());
  if (known !== undefined) return known;
  return /GRPO|^GSPO-/.test(word) ? "GRPO" : "other";
}

/** Families of base models, most specific name first: a Qwen model distilled from DeepSeek-R1 has Qwen's weights. */
const models: readonly (readonly [family: string, pattern: RegExp])[] = [
  ["Qwen", /qwen|qwq/i],
  ["Llama", /llama/i],
  ["DeepSeek", /deepseek|magicoder-s-ds/i],
  ["StarCoder", /star(t)?coder/i],
  ["T5", /t5/i],
  ["Mistral", /mistral/i],
  ["Gemma", /gemma/i],
  ["Gemini", /gemini/i],
  ["GPT", /gpt|openai/i],
  ["Kimi", /kimi/i],
  ["Grok", /grok/i],
  ["Doubao", /doubao|seed-coder/i],
  ["Yi", /^yi-/i],
  ["CodeGen", /codegen/i],
  ["UniXcoder", /unixcoder/i],
];

export const baseModelFamilies = [...models.map(([family]) => family), "other"] as const;

/** The families in a `base_model` or `base_llm` cell, each once: "Qwen2.5-7B, Llama3.1-8B" → Qwen, Llama. */
export function baseModelFamiliesOf(cell: string): string[] {
  // "Qwen-2.5, 0.5B-14B": a part that begins with a digit is a size.
  const parts = cell.split(",").map((part) => part.trim());
  const named = parts.filter((part) => part !== "" && !/^\d/.test(part));
  return [...new Set(named.map((part) => models.find(([, pattern]) => pattern.test(part))?.[0] ?? "other"))];
}

/** Several spellings of one organisation in source B. */
const spellings: Record<string, string> = {
  "Tsinghua University": "Tsinghua",
  THUNLP: "Tsinghua",
  THUDM: "Tsinghua",
  THU: "Tsinghua",
  "THU-KEG": "Tsinghua",
  "THU ML Group": "Tsinghua",
  "Tsinghua-SIA": "Tsinghua",
  "Alibaba PAI": "Alibaba",
  "Alibaba AMAP": "Alibaba",
  "Alibaba Tongyi Lab": "Alibaba",
  "Tongyi Lab": "Alibaba",
  AMAP: "Alibaba",
  ModelScope: "Alibaba",
  AntGroup: "Ant Group",
  Bytedance: "ByteDance",
  "ByteDance Seed": "ByteDance",
  "Zhejiang University": "ZJU",
  "Peking University": "PKU",
  "Fudan University": "Fudan",
  "Fudan NLP": "Fudan",
  "University of Science and Technology of China": "USTC",
  "Stanford University": "Stanford",
  "Microsoft Research": "Microsoft",
  MSRA: "Microsoft",
  "Salesforce AI Research": "Salesforce",
  "Salesforce Research": "Salesforce",
  "Google Research": "Google",
  UCB: "UC Berkeley",
  "Berkeley Sky Computing Lab": "UC Berkeley",
  BAIR: "UC Berkeley",
  "University of Waterloo": "Waterloo",
  "UNC-Chapel Hill": "UNC Chapel Hill",
  AllenAI: "AI2",
  PolyU: "Hong Kong Polytechnic University",
  "The Hong Kong Polytechnic University": "Hong Kong Polytechnic University",
  "Tianjing University": "Tianjin University",
  Tianjin: "Tianjin University",
  "Tencent Youtu Lab": "Tencent",
  "Tencent AI Seattle Lab": "Tencent",
  "Tencent PCG BAC": "Tencent",
  "Amazon Science": "Amazon",
  "CMU L3 Lab": "CMU",
  "HKUST KnowComp": "HKUST",
  "Princeton-NLP": "Princeton",
  "Sea AI": "Sea AI Lab",
  "Sierra Research": "Sierra",
  "Skywork AI": "Skywork",
  "UCLA Mobility Lab": "UCLA",
  "University of Maryland": "UMD",
  MiroMindAI: "MiroMind",
  "MiroMind AI": "MiroMind",
  "OPPO Personal AI Lab": "OPPO",
  "OPPO PersonalAI Lab": "OPPO",
};

/** Words of the `organisation` column that name none. */
const noOrganisation = /^(Academic|Individual|Unknown|Multi-institution)$/;

/**
 * The organisations in an `organisation` cell, each once and in one spelling; what stands in brackets (a laboratory,
 * an account) is left out. Empty where the cell names none ("Individual", "Academic").
 */
export function organisationsOf(cell: string): string[] {
  const parts = cell
    .replaceAll(/\s*\([^)]*\)/g, "")
    .replaceAll("\u2011", "-")
    .split(/\s*\/\s*|\s*,\s*|\s+&\s+/)
    .map((part) => part.trim());
  const named = parts.filter((part) => part !== "" && !noOrganisation.test(part));
  return [...new Set(named.map((part) => spellings[part] ?? part))];
}
