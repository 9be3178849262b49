import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole, solvedBy, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { inputs, numbers, runOneLiner, unreadable } from "./one-liner.js";
import type { SandboxOutcome } from "./sandbox.js";

export interface ProgramOptions {
  tries: number;
  feedback: boolean;
  examples: number;
  holdOut: boolean;
}

const heads = ["x", "x * 2", "x * 3", "x * 4", "x * x"];
const offsets = ["- 4", "- 3", "- 2", "- 1", "", "+ 1", "+ 2", "+ 3", "+ 4"];

/** What the hidden function may be: 45 bodies, no two of which agree on all tests. */
export const bodies: readonly { text: string; heldOut: boolean }[] = heads.flatMap((head, i) =>
  offsets.map((offset, j) => ({ text: `${head} ${offset}`.trim(), heldOut: (i + j) % 5 === 0 })),
);

/**
 * How many functions agree with each possible outcome of the first 0, 1 or 2 examples. Who tries `n` of those that
 * agree, and learns nothing on the way, hits the function in Σ min(n, size) of the 45 cases.
 */
const alike: readonly (readonly number[])[] = [
  [45],
  [2, 3, 4, 5, 5, 5, 5, 5, 5, 3, 2, 1],
  [...Array<number>(7).fill(2), ...Array<number>(31).fill(1)],
];

/** Words that a program may be written with; the first stand for numbers. */
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

async function makeTable(): Promise<Table> {
  const values = new Map<string, readonly number[]>();
  for (const { text } of bodies) {
    const outcomes = await runOneLiner(`${text} ;`);
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
  title: "Write a one-line program from an example, see the failing test, repair it",
  capability: "self-improvement",
  domain: "code",
} as const;

/**
 * # program
 *
 * What does `f` compute, if f(1) = 4? The agent writes the body of a JavaScript function; it is run against four
 * tests, one of which it has seen; it is told the first one that fails and what its program gave there, and tries
 * again. It teaches to write code from a specification and to repair it from what came back.
 *
 * - **Observation**: `1 => 4 return`; after a try that fails, the first failing test and what came back:
 *   `0 => 1 got 3 return` (`got error` where the program throws or returns something other than a whole number
 *   from −4 to 16); after a program that is not JavaScript, `error return`.
 * - **Action**: what follows `return`, up to six words, ended by `;`: `x * 3 + 1 ;`.
 * - **Reward**: 1 for a program that passes all four tests, else 0.
 * - **Start**: one of 45 functions, each as likely: `x`, `x * 2`, `x * 3`, `x * 4` or `x * x`, plus or minus 0 to 4.
 *   The tests are x = 1 (shown), 2, 0 and 3 (hidden), run in this order.
 * - **End**: a program that passes, or the last of `tries` tries.
 *
 * Every program is really run: its words are joined to a function that QuickJS executes in a sandbox with limits on
 * time and memory (`sandbox.ts`). Any JavaScript that these words can form counts, e.g. `x * 2 + x + 1 ;`.
 *
 * **Options.** `tries`: how many (3). `feedback: false`: after a try that fails only `error return` is shown.
 * `examples`: how many tests are shown at the start, 0, 1 or 2 (1). `holdOut: true`: nine of the 45 functions are drawn
 * only under the split "test", the others only under "train".
 *
 * **info**: `success`, `tries`, `solved_by_1` to `solved_by_N` (0 or 1: whether a try up to this one passed),
 * `tests_passed` (of four, by the last try), `syntax_errors`.
 *
 * **Held out**: only seeds by default: the 45 functions can be learnt by heart. With `holdOut`, nine of them.
 *
 * **Optimum and chance**, by enumeration: at most twelve of the 45 functions can be told from one example, so that a
 * single try, with no second one to repair it, succeeds at most 12/45 = 0.267 (the chance level; 38/45 = 0.844 with
 * two examples). Three tries succeed always when the reports are read: optimum 1. Three tries that do not look at what
 * a report says, only that there is one, succeed at most 32/45 = 0.711 (with two examples always, which is why only one
 * is shown).
 *
 * **Weak policy**: with probability 0.6 any function that agrees with one known test (at first one of those shown, then
 * the one that has just failed), else any of the 45. In three tries it succeeds about 0.41 of the time.
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
    requireWhole("examples", examples, 0, 2);
    const guessed = (guesses: number) =>
      alike[examples]!.reduce((sum, size) => sum + Math.min(guesses, size), 0) / bodies.length;
    this.spec = {
      ...about,
      tools: [],
      horizon: tries,
      vocabulary: [...programWords],
      // <bos>, the examples and `return`; six words a try, and up to six between two.
      contextLength: 2 + 3 * examples + 6 * tries + (feedback ? 6 : 2) * (tries - 1),
      stopTokens: [";"],
      maxActionTokens: 6,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      ...(holdOut ? {} : { chance: guessed(feedback ? 1 : tries) }),
      ...(holdOut ? {} : feedback && tries >= 3 ? { optimum: 1 } : {}),
      ...(!holdOut && (tries === 1 || !feedback) ? { optimum: guessed(tries) } : {}),
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
    const known = Array.from({ length: this.options.examples }, (_, i) => i);
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
    const outcomes = legal ? await runOneLiner(words.join(" ")) : unreadable;
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
    return {
      success,
      tries,
      tests_passed: passed,
      syntax_errors: syntaxErrors,
      ...solvedBy(success, tries, this.options.tries),
    };
  }
}

function wordOf(outcome: SandboxOutcome): string {
  const word = "returned" in outcome ? String(outcome.returned) : "error";
  return numbers.includes(word) ? word : "error";
}

export const program: EnvironmentDefinition<ProgramOptions> = {
  ...about,
  defaults: { tries: 3, feedback: true, examples: 1, holdOut: false },
  optionDocs: {
    tries: "programs the agent may write, 1 to 9",
    feedback: "false: a failing test is not shown",
    examples: "tests shown at the start, 0 to 2",
    holdOut: 'true: nine of the functions are drawn only under the split "test"',
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 500, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 120,
    prompts: 32,
    groupSize: 8,
  },
  baselines: [
    // At most twelve functions can be told from the example.
    { name: "a single try", options: { tries: 1 } },
    // Nothing that the agent sees depends on the function.
    { name: "neither examples nor feedback", options: { examples: 0, feedback: false } },
  ],
  create: (options) => new Program(options),
};
