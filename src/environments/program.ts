import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { callInSandbox, type SandboxOutcome } from "./sandbox.js";

export interface ProgramOptions {
  tries: number;
  feedback: boolean;
  examples: boolean;
  holdOut: boolean;
}

const heads = ["x", "x * 2", "x * 3", "x * 4", "x * x"];
const offsets = ["- 4", "- 3", "- 2", "- 1", "", "+ 1", "+ 2", "+ 3", "+ 4"];

/** What the hidden function may be: 45 bodies, no two of which agree on all tests. */
export const bodies: readonly { text: string; heldOut: boolean }[] = heads.flatMap((head, i) =>
  offsets.map((offset, j) => ({ text: `${head} ${offset}`.trim(), heldOut: (i + j) % 5 === 0 })),
);

/** Inputs of the tests in the order in which they are run; the first two are shown as examples. */
const inputs = [1, 2, 0, 3] as const;
const shown = 2;

/** Words that a program may be written with; the first stand for numbers. */
const numbers = Array.from({ length: 21 }, (_, i) => String(i - 4));
const programWords = new Set([...numbers, "x", "*", "+", "-", ";", "return", "=>", "got", "error"]);

interface Episode {
  over: boolean;
  table: Table;
  /** What the hidden function gives for each of the inputs. */
  wanted: readonly number[];
  /** Which inputs' values the agent has been told: indices, the latest last. */
  known: number[];
  tries: number;
  syntaxErrors: number;
  /** Tests that the last try passed. */
  passed: number;
}

/** Values of each body on each of the inputs. */
type Table = ReadonlyMap<string, readonly number[]>;

/** Made on the first reset, by running every body; a promise, since many episodes may begin at once. */
let table: Promise<Table> | undefined;

/** Outcomes of programs that were run before: a policy writes the same few thousand over and over. */
const runs = new Map<string, Promise<readonly SandboxOutcome[]>>();
const mostRuns = 20_000;

/** Runs `return <body>` on every input, in QuickJS. */
function runBody(body: string): Promise<readonly SandboxOutcome[]> {
  const known = runs.get(body);
  if (known !== undefined) return known;
  if (runs.size >= mostRuns) runs.clear();
  const run = callInSandbox(
    `function f(x) { return ${body} }`,
    "f",
    inputs.map((x) => [x]),
  );
  runs.set(body, run);
  return run;
}

async function makeTable(): Promise<Table> {
  const values = new Map<string, readonly number[]>();
  for (const { text } of bodies) {
    const outcomes = await runBody(`${text} ;`);
    values.set(
      text,
      outcomes.map((outcome) => {
        if ("returned" in outcome && typeof outcome.returned === "number") return outcome.returned;
        throw new Error(`program: "${text}" does not run in the sandbox: ${JSON.stringify(outcome)}`);
      }),
    );
  }
  return values;
}

const about = {
  id: "program",
  title: "Write a one-line program from two examples, see the failing test, repair it",
  capability: "self-improvement",
  domain: "code",
} as const;

/**
 * # program
 *
 * What does `f` compute, if f(1) = 4 and f(2) = 7? The agent writes the body of a JavaScript function; it is run against
 * four tests, two of which it has seen; it is told the first one that fails and what its program gave there, and
 * tries again. It teaches to write code from a specification and to repair it from what came back.
 *
 * - **Observation**: `1 => 4 2 => 7 return`; after a try that fails, the first failing test and what came back:
 *   `0 => 1 got 3 return` (`got error` where the program throws or returns something other than a whole number
 *   from −4 to 16); after a program that is not JavaScript, `error return`.
 * - **Action**: what follows `return`, up to six words, ended by `;`: `x * 3 + 1 ;`.
 * - **Reward**: 1 for a program that passes all four tests, else 0.
 * - **Start**: one of 45 functions, each as likely: `x`, `x * 2`, `x * 3`, `x * 4` or `x * x`, plus or minus 0 to 4.
 *   The tests are x = 1 and 2 (shown), 0 and 3 (hidden), run in this order.
 * - **End**: a program that passes, or the last of `tries` tries.
 *
 * Every program is really run: its words are joined to a function that QuickJS executes in a sandbox with limits on
 * time and memory (`sandbox.ts`). Any JavaScript that these words can form counts, e.g. `x * 2 + x + 1 ;`.
 *
 * **Options.** `tries`: how many (3). `feedback: false`: after a try that fails only `error return` is shown.
 * `examples: false`: the first observation is only `return`. `holdOut: true`: nine of the 45 functions are drawn
 * only under the split "test", the others only under "train".
 *
 * **info**: `success`, `tries`, `solved_by_1` to `solved_by_N` (0 or 1: whether a try up to this one passed),
 * `tests_passed` (of four, by the last try), `syntax_errors`.
 *
 * **Held out**: only seeds by default: the 45 functions can be learnt by heart. With `holdOut`, nine of them.
 *
 * **Optimum and chance**, by enumeration: two functions at most agree on both examples, so that a single try, with no
 * second one to repair it, succeeds at most 38/45 = 0.844 (the chance level), two or more always: optimum 1. Without
 * examples and feedback three tries succeed at most 3/45 = 0.067.
 *
 * **Weak policy**: with probability 0.6 any function that agrees with one known test (at first one of the two that are
 * shown, then the one that has just failed), else any of the 45. In three tries it succeeds about 0.45 of the time.
 *
 * **Source**: programming by example with execution feedback; the smallest relative of benchmarks like HumanEval
 * with repair.
 */
export class Program implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: ProgramOptions) {
    const { tries, feedback, examples, holdOut } = options;
    requireWhole("tries", tries, 1, 9);
    const blind = !examples && !feedback;
    this.spec = {
      ...about,
      tools: [],
      horizon: tries,
      vocabulary: [...programWords],
      // <bos>, the examples and `return`; six words a try, and up to six between two.
      contextLength: 2 + (examples ? 6 : 0) + 6 * tries + (feedback ? 6 : 2) * (tries - 1),
      stopTokens: [";"],
      maxActionTokens: 6,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      ...(examples && !holdOut ? { optimum: tries > 1 ? 1 : 38 / 45, chance: 38 / 45 } : {}),
      ...(blind && !holdOut ? { optimum: tries / 45, chance: tries / 45 } : {}),
      heldOut: holdOut ? "functions: nine of the 45" : "seeds only: there are 45 functions",
      options: { ...options },
    };
  }

  async reset({ seed, split = "train" }: ResetOptions): Promise<Observed> {
    assertSeed(seed);
    const values = await (table ??= makeTable());
    const drawn = bodies.filter((body) => !this.options.holdOut || body.heldOut === (split === "test"));
    const { text } = new Random(seed).choice(drawn);
    const wanted = values.get(text)!;
    const known = this.options.examples ? Array.from({ length: shown }, (_, i) => i) : [];
    this.episode = { over: false, table: values, wanted, known, tries: 0, syntaxErrors: 0, passed: 0 };
    const examples = known.flatMap((i) => [inputs[i]!, "=>", wanted[i]!]);
    return { observation: [...examples, "return"].join(" "), info: this.info(this.episode) };
  }

  async step(action: string): Promise<StepResult> {
    const episode = inPlay(this.spec, this.episode);
    const { wanted, known } = episode;
    const words = wordsOf(action);
    // Longer programs and other words cannot come from a policy: whatever else they are, they are not run.
    const legal = words.length <= this.spec.maxActionTokens && words.every((word) => programWords.has(word));
    const outcomes = legal ? await runBody(words.join(" ")) : inputs.map(() => unreadable);
    const passed = outcomes.map((outcome, i) => "returned" in outcome && outcome.returned === wanted[i]);
    const failing = passed.indexOf(false);
    const unread = outcomes.every((outcome) => "failed" in outcome && outcome.failed === "syntax");
    episode.tries += 1;
    episode.syntaxErrors += Number(unread);
    episode.passed = passed.filter(Boolean).length;
    const success = failing < 0;
    episode.over = success || episode.tries >= this.options.tries;
    let observation = "";
    if (!episode.over) {
      observation = "error return";
      if (this.options.feedback && !unread) {
        known.push(failing);
        observation = `${inputs[failing]!} => ${wanted[failing]!} got ${wordOf(outcomes[failing]!)} return`;
      }
    }
    return {
      observation,
      reward: Number(success),
      terminated: episode.over,
      truncated: false,
      info: this.info(episode, success),
    };
  }

  demonstrate(random: Random): string {
    const { table, wanted, known, tries } = inPlay(this.spec, this.episode);
    let candidates = [...table.entries()];
    if (known.length > 0 && random.chance(0.6)) {
      const test = tries === 0 ? random.choice(known) : known.at(-1)!;
      candidates = candidates.filter(([, values]) => values[test] === wanted[test]);
    }
    return `${random.choice(candidates)[0]} ;`;
  }

  private info({ tries, syntaxErrors, passed }: Episode, success = false): Info {
    const solvedBy = Array.from({ length: this.options.tries }, (_, i) => [
      `solved_by_${i + 1}`,
      Number(success && tries <= i + 1),
    ]);
    return {
      success,
      tries,
      tests_passed: passed,
      syntax_errors: syntaxErrors,
      ...(Object.fromEntries(solvedBy) as Record<string, number>),
    };
  }
}

const unreadable: SandboxOutcome = { failed: "syntax", message: "not a program of these words" };

function wordOf(outcome: SandboxOutcome): string {
  const word = "returned" in outcome ? String(outcome.returned) : "error";
  return numbers.includes(word) ? word : "error";
}

export const program: EnvironmentDefinition<ProgramOptions> = {
  ...about,
  defaults: { tries: 3, feedback: true, examples: true, holdOut: false },
  optionDocs: {
    tries: "programs the agent may write, 1 to 9",
    feedback: "false: a failing test is not shown",
    examples: "false: no test is shown at the start",
    holdOut: 'true: nine of the functions are drawn only under the split "test"',
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 500, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 100,
    prompts: 32,
    groupSize: 8,
  },
  baselines: [
    // Seven of the 45 functions are taken for another one that agrees with both examples.
    { name: "a single try", options: { tries: 1 } },
    // Nothing that the agent sees depends on the function.
    { name: "neither examples nor feedback", options: { examples: false, feedback: false } },
  ],
  create: (options) => new Program(options),
};
