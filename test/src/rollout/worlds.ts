/** Environments of a few words, well-behaved and not. */
import type {
  Environment,
  EnvironmentSpec,
  Observed,
  StepResult,
} from "../../../src/environments/environment.js";
import type { Random } from "../../../src/random.js";

const spec: EnvironmentSpec = {
  ...{ id: "echo", title: "Say the word again", capability: "memory", domain: "general" },
  tools: [],
  horizon: 3,
  vocabulary: ["a", "b", "again"],
  contextLength: 16,
  stopTokens: ["<eos>"],
  maxActionTokens: 2,
  freshContext: false,
  agents: 1,
  returnRange: [0, 3],
  heldOut: "seeds",
  options: {},
};

/** For three turns it shows `a` or `b`, by the seed, and rewards the turn that says the same. */
export class Echo implements Environment {
  readonly spec: EnvironmentSpec;
  closed = 0;
  protected seed = 0;
  protected turns = 0;
  private right = 0;

  constructor(changes: Partial<EnvironmentSpec> = {}) {
    this.spec = { ...spec, ...changes };
  }

  reset({ seed }: { seed: number }): Observed | Promise<Observed> {
    this.seed = seed;
    this.turns = this.right = 0;
    return { observation: this.word, info: { success: false } };
  }

  step(action: string): StepResult | Promise<StepResult> {
    const right = action === this.word;
    this.turns++;
    if (right) this.right++;
    const over = this.turns === 3;
    return {
      observation: over ? "" : `again ${this.word}`,
      reward: right ? 1 : 0,
      terminated: over,
      truncated: false,
      info: { success: this.right === 3, right: this.right },
    };
  }

  demonstrate(random: Random): string {
    return random.choice(["a", "b"]);
  }

  close(): void {
    this.closed++;
  }

  protected get word(): string {
    return (this.seed + this.turns) % 2 === 0 ? "a" : "b";
  }
}

/** An {@link Echo} whose `step` is what the test says; its own answer is there to be changed. */
export function broken(
  step: (own: StepResult, turn: number) => StepResult | Promise<StepResult>,
  changes: Partial<EnvironmentSpec> = {},
): () => Environment {
  return () => {
    const echo = new Echo(changes);
    let turn = 0;
    const environment: Environment = {
      spec: echo.spec,
      reset: (options) => echo.reset(options),
      step: (action) => step(echo.step(action) as StepResult, ++turn),
      demonstrate: (random) => echo.demonstrate(random),
    };
    return environment;
  };
}
