import { assertSeed, Random } from "../random.js";
import { answerOf, callOf, inPlay, requireBetween, toolOutput } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

const cities = "oslo lima cairo delhi paris tokyo quito accra hanoi miami sofia turin perth dakar seoul bern";
const cityWords = cities.split(" ");
const skies = ["sunny", "cloudy", "rain", "snow"] as const;
const skyWeights = [0.4, 0.3, 0.2, 0.1];

export interface WeatherOptions {
  tool: boolean;
  uselessTool: boolean;
  callCost: number;
}

interface Episode {
  over: boolean;
  turns: number;
  calls: number;
  uselessCalls: number;
  badFormat: boolean;
  success: boolean;
  asked: string;
  /** Temperature and sky of each city: `["6", "5", "sunny"]`. */
  reports: ReadonlyMap<string, readonly string[]>;
  /** What the tool reported last. */
  seen: readonly string[] | undefined;
}

const about = {
  id: "weather",
  title: "Tell a city's weather: look it up, then answer",
  capability: "tool use",
  domain: "general",
} as const;

/**
 * **What it teaches.** Tool use: the answer is drawn anew for every episode, so that no policy can know it;
 * one that calls the tool with the city it was asked about, and copies what comes back, is always right.
 *
 * **Observation.** `weather oslo ?` at the start. After a call, the tool's output: a made-up temperature as
 * two digits, and the sky, `<obs> 6 5 sunny </obs>`; for anything that is no city, `<obs> nothing </obs>`.
 *
 * **Action.** `<call> oslo </call>` looks a city up, `<ans> 6 5 sunny` answers. With the option
 * `uselessTool`, `<call> news </call>` is a second tool that always gives `nothing`.
 *
 * **Reward.** 1 for the right answer; a call costs `callCost`.
 *
 * **Start.** Each of 16 cities draws a temperature (50, 55, … 95, uniform) and a sky (sunny .4, cloudy .3,
 * rain .2, snow .1); the city asked about is uniform.
 *
 * **End.** With the answer; with a bad action, which is neither a call nor an answer, or a third call
 * (`<obs> invalid </obs>`, reward 0).
 *
 * **Held out.** Seeds. There are 40¹⁶ · 16 different episodes, so that no episode of an evaluation was
 * trained on.
 *
 * **Optimum and chance.** 1 with the tool (one call, one copy). Without it .04: the likeliest report is one
 * of ten temperatures and the sunny sky, 1/10 · .4.
 *
 * **Weak policy.** Looks up a city with probability .35 (.5 with `uselessTool`, half of them news), the
 * right one with probability .4 and else any; then, with probability .15, once more. Copies the last report
 * with probability .5, and answers at random otherwise. Success .10.
 *
 * **Source.** The weather tool is the stock example of function calling; the rules here are this library's
 * own.
 */
export class Weather implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: WeatherOptions) {
    requireBetween("callCost", options.callCost, 0, 1);
    this.spec = {
      ...about,
      tools: !options.tool ? [] : options.uselessTool ? ["weather", "news"] : ["weather"],
      horizon: options.tool ? 3 : 1,
      vocabulary: [...cityWords, ..."0123456789", "weather", "?", ...skies, "news", "nothing", "invalid"],
      contextLength: 28,
      stopTokens: ["<eos>", "</call>"],
      maxActionTokens: 5,
      freshContext: false,
      agents: 1,
      returnRange: [options.tool ? -2 * options.callCost : 0, 1],
      optimum: options.tool ? 1 : 0.04,
      chance: 0.04,
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    this.episode = {
      over: false,
      turns: 0,
      calls: 0,
      uselessCalls: 0,
      badFormat: false,
      success: false,
      asked: random.choice(cityWords),
      reports: new Map(cityWords.map((city) => [city, drawReport(random)])),
      seen: undefined,
    };
    return { observation: `weather ${this.episode.asked} ?`, info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    episode.turns += 1;
    const answer = answerOf(action);
    const call = this.options.tool && episode.turns < this.spec.horizon ? callOf(action) : undefined;
    if (call !== undefined) {
      return { observation: this.lookUp(episode, call), ...outcome(episode, -this.options.callCost) };
    }
    episode.over = true;
    if (answer === undefined) {
      episode.badFormat = true;
      return { observation: toolOutput("invalid"), ...outcome(episode, 0) };
    }
    episode.success = answer.join(" ") === episode.reports.get(episode.asked)!.join(" ");
    return { observation: "", ...outcome(episode, episode.success ? 1 : 0) };
  }

  demonstrate(random: Random): string {
    const { turns, asked, seen } = inPlay(this.spec, this.episode);
    const { tool, uselessTool } = this.options;
    if (tool && turns < 2 && random.chance(turns > 0 ? 0.15 : uselessTool ? 0.5 : 0.35)) {
      if (uselessTool && random.chance(0.5)) return "<call> news </call>";
      return `<call> ${random.chance(0.4) ? asked : random.choice(cityWords)} </call>`;
    }
    const report = seen !== undefined && random.chance(0.5) ? seen : drawReport(random);
    return `<ans> ${report.join(" ")}`;
  }

  private lookUp(episode: Episode, words: readonly string[]): string {
    episode.calls += 1;
    const name = words.join(" ");
    if (this.options.uselessTool && name === "news") episode.uselessCalls += 1;
    const report = episode.reports.get(name);
    if (report === undefined) return toolOutput("nothing");
    episode.seen = report;
    return toolOutput(...report);
  }
}

function drawReport(random: Random): string[] {
  return [random.choice([..."56789"]), random.choice([..."05"]), random.choice(skies, skyWeights)];
}

function outcome(episode: Episode, reward: number): Omit<StepResult, "observation"> {
  return { reward, terminated: episode.over, truncated: false, info: infoOf(episode) };
}

function infoOf({ success, calls, uselessCalls, badFormat }: Episode): Info {
  return { success, calls, useless_calls: uselessCalls, bad_format: badFormat };
}

export const weather: EnvironmentDefinition<WeatherOptions> = {
  ...about,
  defaults: { tool: true, uselessTool: false, callCost: 0 },
  optionDocs: {
    tool: "whether the agent may look a city up",
    uselessTool: "whether there is a second tool, news, that never helps",
    callCost: "what each call takes off the reward, from 0 to 1",
  },
  sameStart: { callCost: true },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 400, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 80,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [{ name: "without the tool", options: { tool: false } }],
  create: (options) => new Weather(options),
};
