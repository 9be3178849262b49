import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Algorithm, AlgorithmOptions } from "../../../src/algorithms/algorithm.js";
import { algorithm, algorithmEntries } from "../../../src/algorithms/catalogue.js";
import { datasetsDirectory } from "../../../src/datasets.js";
import { inputsOf, randomBatch, randomTrajectories } from "./support.js";

interface SurveyRow {
  method: string;
  family: string;
  arxivId: string;
}

/** Read by hand: no cell of the first eight columns is quoted, and these are all it takes. */
function surveyRows(): SurveyRow[] {
  const text = readFileSync(join(datasetsDirectory(), "survey", "algorithms.csv"), "utf8");
  const [header, ...lines] = text.trim().split("\n");
  const columns = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const cell = (name: string): string => cells[columns.indexOf(name)]!;
    return { method: cell("method"), family: cell("family"), arxivId: cell("arxiv_id") };
  });
}

const entries = algorithmEntries();
const creatable = entries.flatMap((entry) => (entry.status === "not possible here" ? [] : [entry]));

describe("the catalogue and the survey's Table 2", () => {
  const rows = surveyRows();

  it("has exactly one entry for every row, and no other that claims to be one", () => {
    expect(rows).toHaveLength(37);
    const claimed = entries.flatMap(({ survey }) => (survey === undefined ? [] : [survey]));
    expect(claimed.sort()).toEqual(rows.map(({ method }) => method).sort());
  });

  it.each(rows)("agrees with the row of $method on family and paper", ({ method, family, arxivId }) => {
    const entry = entries.find(({ survey }) => survey === method)!;
    expect(entry.family).toBe(family);
    if (arxivId !== "") expect(entry.paper.arxiv).toBe(arxivId);
    expect(entry.paper.arxiv).toMatch(/^\d{4}\.\d{5}$/);
  });

  it("names no algorithm twice and all of them in kebab case", () => {
    const names = entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("says what is simplified, and what is missing, where a method is not faithful", () => {
    for (const entry of entries) {
      if (entry.status === "faithful") expect(entry).not.toHaveProperty("how");
      else expect(entry.how.length).toBeGreaterThan(30);
    }
  });

  it("cites an equation's number only where it was read", () => {
    const cited = entries.filter(({ source }) => /equation|eq\./i.test(source)).map(({ name }) => name);
    expect(cited).toEqual(["aspo"]);
  });
});

const batch = randomBatch(11);
const walks = randomTrajectories(12, { values: true }).map((walk) => ({
  ...walk,
  turns: walk.turns.map((turn, k) => ({ ...turn, value: 0.3 * k })),
}));

/** Everything of an algorithm that its options can change, on given data. */
function fingerprint(made: Algorithm): string {
  const inputs = inputsOf(batch);
  return JSON.stringify({
    epochs: made.epochs,
    minibatches: made.minibatches,
    reference: made.reference,
    regularizers: made.regularizers.map(({ name, coefficient }) => [name, coefficient]),
    loss: [...made.objective.loss(inputs).dataSync()],
    terms: made.regularizers.map((term) => [...term.loss(inputs).dataSync()]),
    advantages: made.advantage.estimate(walks, {}).map((row) => [...row]),
    returns: made.advantage.returns?.(walks).map((row) => [...row]),
  });
}

const changed: Required<AlgorithmOptions> = {
  epochs: 3,
  minibatches: 2,
  clipLow: 0.011,
  clipHigh: 0.012,
  entropy: 0.02,
  kl: 0.03,
  gamma: 0.7,
  lambda: 0.6,
  beta: 0.7,
  k: 2,
};

describe.each(creatable)("$name", (entry) => {
  it("creates an algorithm of that name with parts that work together", () => {
    const made = algorithm(entry.name);
    expect(made.name).toBe(entry.name);
    expect(made.objective.kind === "preference").toBe(made.pairs !== undefined);
    expect(made.valueHead).toBe(made.objective.needsValues ?? false);
    if (made.advantage.needsValues) expect(made.valueHead).toBe(true);
    const needsReference = [made.objective, ...made.regularizers].some((part) => part.needsReference);
    expect(made.reference !== undefined).toBe(needsReference);
    for (const term of made.regularizers) expect(term.metric).toMatch(/\//);
    expect(fingerprint(made)).not.toContain("null");
  });

  it.each(entry.options)("has an option %s that changes it", (option) => {
    const before = fingerprint(algorithm(entry.name));
    expect(fingerprint(algorithm(entry.name, { [option]: changed[option] }))).not.toBe(before);
  });

  it("refuses the options it does not have", () => {
    const others = Object.keys(changed).filter((name) => !(entry.options as string[]).includes(name));
    for (const option of others) {
      expect(() => algorithm(entry.name, { [option]: 1 })).toThrow(`${entry.name} has no option ${option}`);
    }
  });

  it("refuses a value that is no number", () => {
    expect(() => algorithm(entry.name, { [entry.options[0]!]: NaN })).toThrow(/finite number/);
  });
});

describe("algorithm", () => {
  it.each([
    ["gropo", "grpo"],
    ["drgrpo", "dr-grpo"],
    ["VinePPO", "vine-ppo"],
    ["StarPO", "star-po"],
    ["skywork", "skywork-r1v2"],
    ["dapoo", "dapo"],
  ])("knows what was meant by %s", (given, meant) => {
    expect(() => algorithm(given)).toThrow(`There is no algorithm "${given}"; did you mean ${meant}`);
  });

  it("has nothing to offer for a name like no other", () => {
    expect(() => algorithm("zzzzzzzzzz")).toThrow("see algorithmEntries()");
  });

  it.each(["papo", "step-grpo"])("says why %s is not possible here", (name) => {
    expect(() => algorithm(name)).toThrow(/is not possible here: .{30}/);
  });

  it("leaves the KL term out when it is 0 and takes a reference when it is not", () => {
    expect(algorithm("pro-rl", { kl: 0 }).reference).toBeUndefined();
    expect(algorithm("pro-rl").reference).toEqual({ replaceEvery: 50 });
    expect(algorithm("grpo", { kl: 0.1 }).reference).toEqual({});
  });
});
