import { assertSeed, Random } from "../random.js";
import { inPlay } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { applyLaw, expand, laws, shortestProof, wordsOfFormula, type Formula } from "./proof-laws.js";

export interface ProofOptions {
  formula: boolean;
}

export interface Theorem {
  formula: Formula;
  goal: "p" | "q" | "true" | "false";
}

const proofLength = 3;
const mostTurns = 5;
const longestFormula = 11;
const mostPerLaws = 40;
const attempts = 20_000;

let made: readonly Theorem[] | undefined;

/**
 * All theorems, always the same; every fifth is held out. Each is made backwards from its goal by three different
 * laws read from right to left, and kept when it is short and its shortest proof is three laws long. For any
 * three laws at most forty are kept: four laws fit anything, and would else make up most theorems.
 */
export function theorems(): readonly Theorem[] {
  if (made !== undefined) return made;
  const random = new Random(7);
  const found = new Map<string, Theorem>();
  const perLaws = new Map<string, number>();
  for (let i = 0; i < attempts; i++) {
    const goal = random.choice(["p", "q", "true", "false"] as const);
    const drawn = random.sample(laws, proofLength);
    let formula: Formula | undefined = goal;
    for (const law of drawn) formula = formula && expand(formula, law, random);
    if (formula === undefined) continue;
    const words = wordsOfFormula(formula);
    const name = `${words.join(" ")} = ${goal}`;
    const used = [...drawn].sort().join(" ");
    const count = perLaws.get(used) ?? 0;
    if (found.has(name) || count >= mostPerLaws || words.length > longestFormula) continue;
    if (shortestProof(formula, goal) !== proofLength) continue;
    found.set(name, { formula, goal });
    perLaws.set(used, count + 1);
  }
  return (made = [...found.values()]);
}

interface Episode {
  over: boolean;
  formula: Formula;
  goal: string;
  steps: number;
  /** Steps in which the law applied nowhere. */
  refused: number;
}

const about = {
  id: "proof",
  title: "Prove an equation of Boolean algebra, one law at a time",
  capability: "reasoning",
  domain: "math",
} as const;

/**
 * # proof
 *
 * Prove that `( false and p ) or ( q and true ) = q`: each turn names a law, which makes the left side shorter, until it
 * is the right side. Every step is checked. It teaches to see which law fits the structure of a formula.
 *
 * - **Observation**: the equation to prove, `( false and p ) or ( q and true ) = q :`; after a law the left side
 *   that is left, `false or ( q and true ) :`, or `no :` when the law applies nowhere (then nothing changes and the
 *   turn is lost).
 * - **Action**: one word, a law: `and-true` (x and true = x), `and-false` (x and false = false), `or-true` (x or true =
 *   true), `or-false` (x or false = x), `idempotent` (x and x = x, x or x = x), `double-not` (not not x = x),
 *   `not-constant` (not true = false, not false = true), `complement` (x and not x = false, x or not x = true).
 *   The operands may stand in either order. A law is used once, at the leftmost of the innermost places where it applies.
 * - **Reward**: 1 when the left side is the right side, else 0.
 * - **Start**: one of about 1,300 theorems, each as likely: a formula of at most eleven words whose shortest proof
 *   takes three laws.
 * - **End**: proved; after five turns; with a word that is no law (the observation is `invalid`).
 *
 * **Options.** `formula: false`: the formula is `hidden`, at the start and after every law.
 *
 * **info**: `success`, `steps`, `refused` (laws that applied nowhere), `bad_format`.
 *
 * **Held out**: theorems. Every fifth is drawn only under the split "test", the others only under "train". A third of
 * those held out (88 of 265) are a theorem of "train" with p and q exchanged.
 *
 * **Optimum and chance.** Three laws always suffice: optimum 1. Who does not see the formula still sees the goal, and
 * can keep a list of five laws for each of the four goals: the best lists prove 0.372 of the theorems (by trying all
 * lists): the chance level, 0.392 at most of those held out. One list for all goals proves 0.217, random laws 0.06.
 * Every law makes the formula shorter and the goal is all that is left in the end, so that any law that
 * applies is nearly always as good as another: the skill is to see which ones do, not to look ahead.
 *
 * **Weak policy**: with probability 0.4 any law that applies, else any law. It proves about half of the theorems.
 * With `formula: false` the demonstrations still come from this policy, which sees the formula: only how often it names
 * each law can be imitated.
 *
 * **Source**: Boolean algebra; a small relative of step-by-step theorem proving with a proof assistant. Theorems made
 * backwards from the goal are this library's own.
 */
export class Proof implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: ProofOptions) {
    this.spec = {
      ...about,
      tools: [],
      horizon: mostTurns,
      vocabulary: [
        "(",
        ")",
        "and",
        "or",
        "not",
        "p",
        "q",
        "true",
        "false",
        "=",
        ":",
        "no",
        ...laws,
        "hidden",
        "invalid",
      ],
      // <bos>, the equation, a law a turn, and between two turns a formula that is shorter each time.
      contextLength: 4 + longestFormula + mostTurns + longestFormula * (mostTurns - 1),
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: options.formula ? 1 : 0.372,
      chance: 0.372,
      heldOut: "theorems: every fifth; a third of them are a trained one with p and q exchanged",
      options: { ...options },
    };
  }

  reset({ seed, split = "train" }: ResetOptions): Observed {
    assertSeed(seed);
    const drawn = theorems().filter((_, i) => (i % 5 === 0) === (split === "test"));
    const { formula, goal } = new Random(seed).choice(drawn);
    this.episode = { over: false, formula, goal, steps: 0, refused: 0 };
    return { observation: `${this.show(formula)} = ${goal} :`, info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const law = laws.find((each) => each === action.trim());
    episode.steps += 1;
    const next = law === undefined ? undefined : applyLaw(episode.formula, law);
    if (next === undefined) episode.refused += Number(law !== undefined);
    else episode.formula = next;
    const success = episode.formula === episode.goal;
    episode.over = success || law === undefined || episode.steps >= mostTurns;
    let observation = law === undefined ? "invalid" : "";
    if (!episode.over) {
      const applied = next !== undefined || !this.options.formula;
      observation = `${applied ? this.show(episode.formula) : "no"} :`;
    }
    return {
      observation,
      reward: Number(success),
      terminated: episode.over,
      truncated: false,
      info: this.info(episode, success, law === undefined),
    };
  }

  demonstrate(random: Random): string {
    const { formula } = inPlay(this.spec, this.episode);
    const fitting = laws.filter((law) => applyLaw(formula, law) !== undefined);
    return random.choice(fitting.length > 0 && random.chance(0.4) ? fitting : laws);
  }

  private show(formula: Formula): string {
    return this.options.formula ? wordsOfFormula(formula).join(" ") : "hidden";
  }

  private info({ steps, refused }: Episode, success = false, bad_format = false): Info {
    return { success, steps, refused, bad_format };
  }
}

export const proof: EnvironmentDefinition<ProofOptions> = {
  ...about,
  defaults: { formula: true },
  optionDocs: { formula: "false: the formula is hidden" },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 400, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 70,
    prompts: 32,
    groupSize: 8,
    entropy: 0.003,
  },
  baselines: [
    // The goal is still shown: a list of laws for each goal, made beforehand, is all that is left.
    { name: "the formula is hidden", options: { formula: false } },
  ],
  create: (options) => new Proof(options),
};
