import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface FormOptions {
  fields: number;
  colours: number;
  holdOut: boolean;
  order: boolean;
  screen: boolean;
}

const fieldNames = ["shirt", "shoes", "coat", "hat"] as const;
const colourNames = ["red", "green", "blue", "black", "white"] as const;

interface Episode {
  over: boolean;
  /** The colour ordered for each field. */
  order: readonly string[];
  /** What each field holds. */
  filled: (string | undefined)[];
  /** The field that was clicked last: what is typed goes there. */
  focus: number | undefined;
  turns: number;
}

const about = {
  id: "form",
  title: "Fill in and send an order form by clicks and typing",
  capability: "interaction",
  domain: "gui",
} as const;

/**
 * # form
 *
 * An order form on a screen: click a field, type into it, and so on, then submit. Nothing is rewarded before the
 * form is sent, and then only if every field is right. It teaches the use of a graphical interface.
 *
 * - **Observation**: the order and the screen, `order shirt red shoes blue screen empty empty focus nothing`;
 *   after each action the screen: what each field holds, in the order's order, and which one has the focus:
 *   `screen red empty focus shoes`.
 * - **Action**: one word. A field's name clicks it, a colour is typed into the field with the focus (and replaces
 *   what it holds; without a focus nothing happens), `submit` sends the form.
 * - **Reward**: 1 for a form sent as ordered, else 0.
 * - **Start**: an empty form; each field's colour is drawn anew, each as likely.
 * - **End**: `submit`; another word (then the observation is `invalid`); truncated after 2 · `fields` + 3 turns.
 *
 * **Options.** `fields`: how many (2). `colours`: how many to choose from (3). `holdOut: true`: orders whose colours'
 * numbers sum to a multiple of `colours` are drawn only under the split "test", the others only under "train",
 * so that an evaluation shows combinations that were never trained on. `order: false`: the order is `hidden`.
 * `screen: false`: each turn begins with an empty context that holds the order and no screen, so that the agent
 * does not know what it has done so far.
 *
 * **info**: `success`, `turns`, `filled` (the share of fields that hold what was ordered), `bad_format`.
 *
 * **Held out**: only seeds by default: two fields of three colours make nine orders, which a policy may learn by
 * heart. With `holdOut`, a third of them is never trained on; so is a quarter of the 64 with `fields: 3,
 * colours: 4`.
 *
 * **Optimum and chance.** 2 · `fields` + 1 turns always suffice: optimum 1. Who does not know the order fills in any
 * colours: 1/`colours`^`fields`, 0.11 by default, which is the chance level. Who knows the order but neither the
 * screen nor its own past can only throw dice each turn: 0.009 by default with the best dice.
 *
 * **Weak policy**: without a focus, or else with probability 0.35, it submits (probability 0.62 if every field is
 * filled, 0.05 if not) or clicks any field; otherwise it types: what was ordered with probability 0.5, else any
 * colour. It is right about 0.04 of the time. With `order: false` the demonstrations still come from this policy, which
 * knows the order: only how often it does what, whatever was ordered, can be imitated.
 *
 * **Source**: a small relative of MiniWoB (Shi et al. 2017, "World of Bits").
 */
export class Form implements Environment {
  readonly spec: EnvironmentSpec;
  private readonly fields: readonly string[];
  private readonly colours: readonly string[];
  private episode: Episode | undefined;

  constructor(private readonly options: FormOptions) {
    const { fields, colours, holdOut, order, screen } = options;
    requireWhole("fields", fields, 1, fieldNames.length);
    requireWhole("colours", colours, 2, colourNames.length);
    this.fields = fieldNames.slice(0, fields);
    this.colours = colourNames.slice(0, colours);
    const horizon = 2 * fields + 3;
    const orderWords = order ? 1 + 2 * fields : 2;
    const screenWords = fields + 3;
    const guess = colours ** -fields;
    this.spec = {
      ...about,
      tools: [],
      horizon,
      vocabulary: [
        ...this.fields,
        ...this.colours,
        "submit",
        "order",
        "screen",
        "focus",
        "empty",
        "nothing",
        "hidden",
        "invalid",
      ],
      contextLength: screen ? 1 + orderWords + screenWords + horizon * (1 + screenWords) : 2 + orderWords,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: !screen,
      agents: 1,
      returnRange: [0, 1],
      ...(screen ? { optimum: order ? 1 : guess, chance: guess } : {}),
      ...(!screen && order && fields === 2 && colours === 3 ? { optimum: 0.009, chance: 0.009 } : {}),
      heldOut: holdOut
        ? "orders: a sum of the colours' numbers that is a multiple of the number of colours"
        : `seeds only: there are ${colours ** fields} orders`,
      options: { ...options },
    };
  }

  reset({ seed, split = "train" }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    let order: number[];
    do order = this.fields.map(() => random.integer(this.colours.length));
    while (this.options.holdOut && this.isHeldOut(order) !== (split === "test"));
    this.episode = {
      over: false,
      order: order.map((colour) => this.colours[colour]!),
      filled: this.fields.map(() => undefined),
      focus: undefined,
      turns: 0,
    };
    const observation = this.options.screen
      ? `${this.showOrder(this.episode)} ${this.showScreen(this.episode)}`
      : this.showOrder(this.episode);
    return { observation, info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const word = action.trim();
    episode.turns += 1;
    if (word === "submit") {
      const success = episode.filled.every((colour, i) => colour === episode.order[i]);
      return this.end(episode, "", success);
    }
    if (this.fields.includes(word)) episode.focus = this.fields.indexOf(word);
    else if (!this.colours.includes(word)) return this.end(episode, "invalid", false);
    else if (episode.focus !== undefined) episode.filled[episode.focus] = word;
    const truncated = episode.turns >= this.spec.horizon;
    episode.over = truncated;
    return {
      observation: this.options.screen ? this.showScreen(episode) : this.showOrder(episode),
      reward: 0,
      terminated: false,
      truncated,
      info: this.info(episode),
    };
  }

  demonstrate(random: Random): string {
    const { order, filled, focus } = inPlay(this.spec, this.episode);
    if (focus === undefined || random.chance(0.35)) {
      const done = !filled.includes(undefined);
      return random.chance(done ? 0.62 : 0.05) ? "submit" : random.choice(this.fields);
    }
    return random.chance(0.5) ? order[focus]! : random.choice(this.colours);
  }

  private isHeldOut(order: readonly number[]): boolean {
    return order.reduce((sum, colour) => sum + colour, 0) % this.colours.length === 0;
  }

  private end(episode: Episode, observation: string, success: boolean): StepResult {
    episode.over = true;
    return {
      observation,
      reward: Number(success),
      terminated: true,
      truncated: false,
      info: this.info(episode, success, observation === "invalid"),
    };
  }

  private showOrder({ order }: Episode): string {
    if (!this.options.order) return "order hidden";
    return ["order", ...this.fields.flatMap((field, i) => [field, order[i]!])].join(" ");
  }

  private showScreen({ filled, focus }: Episode): string {
    const values = filled.map((colour) => colour ?? "empty");
    return ["screen", ...values, "focus", focus === undefined ? "nothing" : this.fields[focus]!].join(" ");
  }

  private info({ order, filled, turns }: Episode, success = false, bad_format = false): Info {
    const right = filled.filter((colour, i) => colour === order[i]).length;
    return { success, turns, filled: right / order.length, bad_format };
  }
}

export const form: EnvironmentDefinition<FormOptions> = {
  ...about,
  defaults: { fields: 2, colours: 3, holdOut: false, order: true, screen: true },
  optionDocs: {
    fields: "fields of the form, 1 to 4",
    colours: "colours to choose from, 2 to 5",
    holdOut: 'true: some orders are drawn only under the split "test"',
    order: "false: the order is hidden",
    screen: "false: the agent sees neither the screen nor what it did before",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 200, learningRate: 2e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 60,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [
    // The order is drawn independently of everything the agent then sees.
    { name: "the order is hidden", options: { order: false } },
    // The right action depends on what has been done, and nothing tells.
    { name: "no screen and no memory of its clicks", options: { screen: false } },
  ],
  create: (options) => new Form(options),
};
