/** A person as the agent: observations on stdout, actions from stdin, a line each. */
import { createInterface } from "node:readline";
import type { Environment, EnvironmentSpec, StepResult } from "../../../src/environments/environment.js";
import { Vocabulary } from "../../../src/policy/vocabulary.js";
import { wrapped } from "../environments.js";
import { environmentPage } from "./environment-page.js";

/** Thrown to leave a game: `quit`, Ctrl-C or the end of the input. */
const left = Symbol("left");

/** @returns the exit code */
export async function playAsPerson(
  environment: Environment,
  { seed, episodes }: { seed: number; episodes: number },
): Promise<number> {
  const { spec } = environment;
  const vocabulary = new Vocabulary(spec.vocabulary);
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  print(opening(spec));
  let solved = 0;
  let total = 0;
  let played = 0;
  try {
    for (; played < episodes; played++) {
      const outcome = await playEpisode(environment, seed + played, vocabulary, lines);
      solved += outcome.success ? 1 : 0;
      total += outcome.return;
    }
  } catch (error) {
    if (error !== left) throw error;
    print(played < episodes ? "left before the end" : "");
  } finally {
    input.close();
    environment.close?.();
  }
  if (episodes > 1 && played > 0) {
    print(`${solved} of ${played} solved, mean return ${number(total / played)}`);
  }
  return 0;
}

interface Outcome {
  success: boolean;
  return: number;
}

async function playEpisode(
  environment: Environment,
  seed: number,
  vocabulary: Vocabulary,
  lines: AsyncIterator<string>,
): Promise<Outcome> {
  const { spec } = environment;
  const returns = Array.from({ length: spec.agents }, () => 0);
  print(`\nepisode with seed ${seed}`);
  let { observation, agent = 0 } = await environment.reset({ seed, split: "test" });
  for (;;) {
    show(spec, agent, observation);
    const result: StepResult = await environment.step(await readAction(spec, vocabulary, lines));
    for (const [i, reward] of (result.rewards ?? [result.reward]).entries()) returns[i]! += reward;
    ({ observation, agent = 0 } = result);
    if (!result.terminated && !result.truncated) {
      if (result.reward !== 0) print(`reward ${number(result.reward)}`);
      continue;
    }
    if (observation !== "") show(spec, agent, observation);
    // With several agents success is each one's own: it came out ahead.
    const success = spec.agents === 1 ? result.info["success"] === true : returns[0]! > 0;
    const how = result.truncated ? ", cut off" : "";
    print(
      spec.agents === 1
        ? `reward ${number(returns[0]!)}: ${success ? "success" : "no success"}${how}`
        : `rewards ${returns.map((sum, i) => `${number(sum)} for agent ${i}`).join(", ")}${how}`,
    );
    return { success, return: returns[0]! };
  }
}

/** Asks until a line is an action. */
async function readAction(
  spec: EnvironmentSpec,
  vocabulary: Vocabulary,
  lines: AsyncIterator<string>,
): Promise<string> {
  for (;;) {
    if (process.stdin.isTTY) process.stdout.write("> ");
    const { value, done } = await lines.next();
    if (done === true) throw left;
    const text = value.trim();
    if (text === "quit" && !vocabulary.has("quit")) throw left;
    if (text === "") continue;
    if (text === "?" && !(vocabulary.has("?") && spec.maxActionTokens === 1)) {
      print(rules(spec));
      continue;
    }
    try {
      return actionOf(text, spec, vocabulary);
    } catch (error) {
      print(`${(error as Error).message} (? shows all)`);
    }
  }
}

/** The action as a policy's would be passed on: words with one space between two, without a closing `<eos>`. */
function actionOf(text: string, spec: EnvironmentSpec, vocabulary: Vocabulary): string {
  const words = vocabulary.encode(text).map((id) => vocabulary.word(id));
  const stop = words.findIndex((word) => spec.stopTokens.includes(word));
  if (stop >= 0 && stop < words.length - 1) {
    throw new RangeError(`a turn ends with ${words[stop]!}: leave away what follows`);
  }
  if (words.at(-1) === "<eos>") words.pop();
  if (words.length > spec.maxActionTokens) {
    throw new RangeError(`a turn has at most ${spec.maxActionTokens} words, not ${words.length}`);
  }
  return words.join(" ");
}

function opening(spec: EnvironmentSpec): string {
  const { id, title, capability, horizon, maxActionTokens } = spec;
  const words = maxActionTokens === 1 ? "one word" : `at most ${maxActionTokens} words`;
  const action = environmentPage(id)?.find(({ name }) => name === "Action")?.text;
  const options = Object.entries(spec.options).map(([name, value]) => `${name}=${String(value)}`);
  return [
    `${id}: ${title} (${capability})`,
    ...(options.length === 0 ? [] : [`Options: ${options.join(" ")}`]),
    `At most ${horizon} turn${horizon === 1 ? "" : "s"} of ${words}; the reward is from ${spec.returnRange.join(" to ")}.`,
    ...(action === undefined ? [] : [action]),
    "? shows the rules and the words, quit ends.",
  ].join("\n");
}

/** What a player may know of the specification page. */
const ruleSections = ["What it is", "What it teaches", "Observation", "Action", "Reward", "Start", "End"];

function rules(spec: EnvironmentSpec): string {
  const sections = (environmentPage(spec.id) ?? []).filter(({ name }) => ruleSections.includes(name));
  return [
    ...sections.map(({ name, text }) => `${name}: ${text}`),
    `Words: <call> </call> <obs> </obs> <ans> and`,
    wrapped(spec.vocabulary),
  ].join("\n");
}

function show(spec: EnvironmentSpec, agent: number, observation: string): void {
  print(`${spec.agents > 1 ? `agent ${agent}:` : ""}  ${observation}`.trimEnd());
}

const number = (value: number) => String(Math.round(value * 1000) / 1000);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
