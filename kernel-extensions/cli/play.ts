import { randomInt } from "node:crypto";
import { maxSeed } from "../../src/random.js";
import { parse, UsageError, type Command } from "./command.js";
import { asFailure, asUsage } from "./learning/errors.js";
import { seedNumber, wholeNumber } from "./learning/flags.js";
import { oneEnvironment } from "./learning/names.js";
import { parseSettings } from "./learning/settings.js";

const help = `Usage: arl play ENV [options]

Without --policy you are the agent: you see what it would see, and write its actions, a line each, in the
words of its vocabulary. ? shows the rules and the words, quit ends. With --policy a policy plays, and each
turn is shown: what it saw, and what it wrote with the probability of each token.

  --policy FILE    a checkpoint that arl train --out wrote, or warm-start for the one training begins with
  --greedy         the policy takes the likeliest token every time
  --seed N         the first episode's seed; the next episodes count on (default: drawn, and told)
  --episodes N     how many to play (default: 1)
  --set KEY=VALUE  an option of the environment; may be repeated; arl environments ENV tells which there are
`;

export const play: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...{ policy: { type: "string" }, seed: { type: "string" }, episodes: { type: "string" } },
      greedy: { type: "boolean", default: false },
      set: { type: "string", multiple: true, default: [] as string[] },
    });
    const episodes = wholeNumber("--episodes", values.episodes, 1) ?? 1;
    const given = seedNumber("--seed", values.seed);
    if (values.greedy && values.policy === undefined) throw new UsageError("--greedy needs --policy");
    if (values.policy === "") throw new UsageError("--policy needs the name of a file, or warm-start");
    const last = maxSeed - episodes + 1;
    if (last < (given ?? 0)) throw new UsageError(`--seed and --episodes together go beyond ${maxSeed}`);
    const seed = given ?? randomInt(Math.min(1_000_000, last + 1));
    const definition = await oneEnvironment(positionals);
    const options = parseSettings(values.set, definition).environment;
    const { makeEnvironment } = await import("../../src/environments/registry.js");
    const environment = () => makeEnvironment(definition.id, options);
    asUsage("--set", () => environment().close?.());

    return await asFailure(async () => {
      if (values.policy === undefined) {
        const { playAsPerson } = await import("./learning/person.js");
        return await playAsPerson(environment(), { seed, episodes });
      }
      const { playWithPolicy } = await import("./learning/watch.js");
      const { policy, greedy } = values;
      return await playWithPolicy(environment, { seed, episodes, policy, greedy, options });
    });
  },
};
