/** Every environment, by its id: one import and one line of the list each. */
import { nearest } from "../nearest.js";
import { calculator } from "./calculator.js";
import { countdown } from "./countdown.js";
import { digitSum } from "./digit-sum.js";
import type { Environment, EnvironmentDefinition, OptionValue } from "./environment.js";
import { form } from "./form.js";
import { glyph } from "./glyph.js";
import { higherLower } from "./higher-lower.js";
import { household } from "./household.js";
import { kuhnPoker } from "./kuhn-poker.js";
import { leakyTests } from "./leaky-tests.js";
import { nim } from "./nim.js";
import { numberLine } from "./number-line.js";
import { program } from "./program.js";
import { proof } from "./proof.js";
import { reticle } from "./reticle.js";
import { tMaze } from "./t-maze.js";
import { ticTacToe } from "./tic-tac-toe.js";
import { twoHop } from "./two-hop.js";
import { untrustedPage } from "./untrusted-page.js";
import { weather } from "./weather.js";

const definitions: readonly EnvironmentDefinition[] = [
  weather,
  calculator,
  numberLine,
  tMaze,
  digitSum,
  higherLower,
  reticle,
  twoHop,
  program,
  countdown,
  proof,
  form,
  glyph,
  household,
  nim,
  ticTacToe,
  kuhnPoker,
  leakyTests,
  untrustedPage,
];

/** Those that {@link registerEnvironment} added in this process. */
const added = new Map<string, EnvironmentDefinition>();

/** Every registered environment, in the order of the lessons; those added in this process come last. */
export function environments(): readonly EnvironmentDefinition[] {
  return [...definitions, ...added.values()];
}

/**
 * Makes an environment of your own known by its id, in this process: {@link makeEnvironment}, `train` and
 * `warmStartPolicy` take it like the library's. An id that was added before is replaced, so that a cell of a
 * notebook can be run again.
 *
 * @throws RangeError for the id of one of the library's environments, or one that is not in kebab case.
 */
export function registerEnvironment<Options extends object>(
  definition: EnvironmentDefinition<Options>,
): void {
  const { id } = definition;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    throw new RangeError(`registerEnvironment: the id "${id}" is not in kebab case, such as "parking-lot"`);
  }
  if (definitions.some((known) => known.id === id)) {
    throw new RangeError(`registerEnvironment: "${id}" is an environment of the library; choose another id`);
  }
  added.set(id, definition);
}

/**
 * The environment of this id.
 *
 * @throws RangeError when there is none, with the nearest name.
 */
export function environmentDefinition(id: string): EnvironmentDefinition {
  const found = environments().find((definition) => definition.id === id);
  if (found !== undefined) return found;
  throw new RangeError(
    `Unknown environment "${id}"${didYouMean(
      id,
      environments().map((definition) => definition.id),
    )} (arl environments lists all)`,
  );
}

/**
 * An environment ready to be reset.
 *
 * @param options those that differ from the definition's defaults.
 * @throws RangeError for an unknown id or option, TypeError for an option of another type than its default.
 */
export function makeEnvironment(
  id: string,
  options: Readonly<Record<string, OptionValue | undefined>> = {},
): Environment {
  const definition = environmentDefinition(id);
  return definition.create(completeOptions(definition, options));
}

/** The options with every default filled in. */
function completeOptions<Options extends object>(
  { id, defaults }: EnvironmentDefinition<Options>,
  options: Readonly<Record<string, OptionValue | undefined>>,
): Options {
  const known = new Map<string, unknown>(Object.entries(defaults));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!known.has(name)) {
      const names = [...known.keys()];
      const valid = names.length === 0 ? "it has none" : `its options are ${names.join(", ")}`;
      throw new RangeError(`${id} has no option "${name}"${didYouMean(name, names)} (${valid})`);
    }
    const standard = known.get(name);
    if (typeof value !== typeof standard) {
      throw new TypeError(
        `Option ${name} of ${id} must be a ${typeof standard} (default ${JSON.stringify(standard)}), ` +
          `not the ${typeof value} ${JSON.stringify(value)}; ` +
          `the options of ${id} are ${[...known.keys()].join(", ")}`,
      );
    }
  }
  return { ...defaults, ...Object.fromEntries(given) };
}

function didYouMean(given: string, names: readonly string[]): string {
  const near = nearest(given, names);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}
