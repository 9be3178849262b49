import type { EnvironmentDefinition, EnvironmentSpec } from "../../src/environments/environment.js";
import { noPositionals, parse, type Command } from "./command.js";
import { environmentPage } from "./learning/environment-page.js";
import { environmentNamed } from "./learning/names.js";
import { shareText, shortened, textTable } from "./learning/table.js";

const help = `Usage: arl environments [ENV] [--json]

Lists every environment: what it teaches, how long an episode may be, what an evaluation holds out, and
the success of chance and of the best policy. With ENV its page: rules, options, vocabulary, recipe, and the
baselines that lack what it teaches.

  --json  print JSON
`;

/** Widest titles and notes on what is held out in the table; the page has them whole. */
const [titleWidth, heldOutWidth] = [60, 30];

export const environments: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, { json: { type: "boolean", default: false } });
    const [id, ...more] = positionals;
    noPositionals(more);
    if (id !== undefined) {
      const definition = await environmentNamed(id);
      const spec = await specOf(definition);
      process.stdout.write(values.json ? jsonText(record(definition, spec)) : page(definition, spec));
      return 0;
    }
    const { environments: all } = await import("../../src/environments/registry.js");
    const known = await Promise.all(
      all().map(async (definition) => ({ definition, spec: await specOf(definition) })),
    );
    if (values.json) {
      process.stdout.write(jsonText(known.map(({ definition, spec }) => record(definition, spec))));
      return 0;
    }
    process.stdout.write(
      textTable([
        ["ID", "CAPABILITY", "DOMAIN", "TURNS", "CHANCE", "OPTIMUM", "HELD OUT", "TITLE"],
        ...known.map(({ spec }) => [
          ...[spec.id, spec.capability, spec.domain, String(spec.horizon), share(spec.chance)],
          ...[share(spec.optimum), shortened(spec.heldOut, heldOutWidth), shortened(spec.title, titleWidth)],
        ]),
      ]),
    );
    return 0;
  },
};

/** Of the environment with its default options. */
async function specOf({ id }: EnvironmentDefinition): Promise<EnvironmentSpec> {
  const { makeEnvironment } = await import("../../src/environments/registry.js");
  const environment = makeEnvironment(id);
  environment.close?.();
  return environment.spec;
}

const share = (value: number | undefined) => (value === undefined ? "" : shareText(value));

function record(definition: EnvironmentDefinition, spec: EnvironmentSpec) {
  const { defaults, optionDocs, recipe, baselines } = definition;
  return { ...spec, options: defaults, optionDocs, recipe, baselines };
}

const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function page(definition: EnvironmentDefinition, spec: EnvironmentSpec): string {
  const { id, title, defaults, recipe, baselines } = definition;
  const sections = (environmentPage(id) ?? []).map(({ name, text }) => `${name}\n${indented(text)}\n`);
  const facts = textTable([
    ["capability", spec.capability],
    ["domain", spec.domain],
    ["tools", spec.tools.join(", ") || "none"],
    ["agents", String(spec.agents)],
    [
      "turns",
      `at most ${spec.horizon}, each of at most ${spec.maxActionTokens} token${spec.maxActionTokens === 1 ? "" : "s"}`,
    ],
    ["context", `${spec.contextLength} tokens${spec.freshContext ? ", begun afresh each turn" : ""}`],
    ["return", `${spec.returnRange[0]} to ${spec.returnRange[1]}`],
    ["held out", spec.heldOut],
    ...(spec.chance === undefined ? [] : [["chance", shareText(spec.chance)]]),
    ...(spec.optimum === undefined ? [] : [["optimum", shareText(spec.optimum)]]),
  ]);
  const docs = new Map<string, string>(Object.entries(definition.optionDocs));
  const options = Object.entries(defaults).map(([name, value]) => [
    `${name}=${String(value)}`,
    docs.get(name) ?? "",
  ]);
  const { warmStart, model, ...training } = recipe;
  const settings = (values: object) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(", ");
  return [
    `${id}: ${title}\n`,
    indented(facts),
    ...sections,
    `Options (--set name=value; defaults are shown)\n${indented(options.length === 0 ? "none" : textTable(options))}`,
    `Vocabulary (${spec.vocabulary.length} words beside the special tokens)\n${indented(wrapped(spec.vocabulary))}\n`,
    `Recipe\n${indented(
      textTable([
        ["warm start", settings(warmStart)],
        ["training", settings(training)],
        ...(model === undefined ? [] : [["model", settings(model)]]),
      ]),
    )}`,
    `Baselines that cannot\n${indented(
      baselines.length === 0
        ? "none\n"
        : textTable(
            baselines.map(({ name, options: set }) => [
              name,
              Object.entries(set)
                .map(([key, value]) => `--set ${key}=${String(value)}`)
                .join(" "),
            ]),
          ),
    )}`,
    `Train it: arl train ${id} · be the agent: arl play ${id}\n`,
  ].join("\n");
}

/** Words in lines of at most 98 characters. */
export function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= 98)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
