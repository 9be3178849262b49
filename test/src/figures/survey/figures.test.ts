/** What is drawn, counted in the figures and again in the raw files: no row may get lost on the way. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jupyterDisplay } from "../../../../src/figures/figure.js";
import {
  figure as numberedFigure,
  figureCatalogue,
  figureNumbers,
  figures,
  shippedEpisode,
  type RecordedEpisode,
  type SurveyFigure,
} from "../../../../src/figures/survey/index.js";
import { makeEnvironment } from "../../../../src/environments/registry.js";
import { directory, listOf, parse, raw, type RawRow } from "../../survey/raw.js";

interface Annotation {
  name?: string;
  text: string;
}

interface Bars {
  name: string;
  x: (number | string | null)[];
  y: (number | string | null)[];
  xaxis?: string;
}

const cards = (figure: SurveyFigure) =>
  (figure.layout["annotations"] as Annotation[])
    .flatMap(({ name }) => (name === undefined ? [] : [name]))
    .sort();
const texts = (figure: SurveyFigure) =>
  (figure.layout["annotations"] as Annotation[]).map(({ text }) => text);
const bars = (figure: SurveyFigure) => figure.data as unknown as Bars[];
const sum = (values: readonly (number | string | null)[]) =>
  values.reduce<number>((total, value) => total + (typeof value === "number" ? value : 0), 0);
const csv = (figure: SurveyFigure): RawRow[] => {
  const [header, ...rows] = parse(figure.csv);
  return rows.map((row) => Object.fromEntries(header!.map((column, i) => [column, row[i]!])));
};
const papers = raw("papers");
const has = (row: RawRow, column: string) => row[column] !== "";
const count = (rows: readonly RawRow[], keep: (row: RawRow) => boolean) => rows.filter(keep).length;

let episode: RecordedEpisode;
beforeAll(async () => {
  episode = await shippedEpisode();
});
const draw = async (id: string) =>
  id === "figure-3-interaction-loop"
    ? await figures.interactionLoop({ episode })
    : await figureCatalogue.find((entry) => entry.id === id)!.draw();

describe.each(figureCatalogue.map(({ id }) => id))("%s", (id) => {
  it("accounts for every row of its frames, says what it shows, and is plain Plotly", async () => {
    const figure = await draw(id);
    expect(figure.rows.length).toBeGreaterThan(0);
    for (const { rows, used, left } of figure.rows) {
      expect(used + left.reduce((total, one) => total + one.count, 0)).toBe(rows);
      for (const { reason, count: size, keys } of left) {
        expect(reason).not.toBe("");
        expect(keys).toHaveLength(size);
      }
    }
    expect(figure.title).toMatch(/\d/);
    expect(figure.alt.length).toBeGreaterThan(100);
    expect(figure.alt).not.toMatch(/undefined|NaN|<b>/);
    expect(figure.title).not.toMatch(/undefined|NaN/);
    expect(JSON.parse(JSON.stringify(figure.layout))).toEqual(figure.layout);
    expect(Object.keys(figure[jupyterDisplay]())).toContain("application/vnd.plotly.v1+json");
    const lines = parse(figure.csv);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toHaveLength(lines[0]!.length);
  });
});

it("figure(n) is the figure of that number, under the survey's own names", async () => {
  expect(figureNumbers).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await numberedFigure(4)).title).toBe((await figures.capabilityWheel()).title);
  expect((await numberedFigure(6)).csv).toBe((await figures.evolutionTree()).csv);
  const numbered = figureCatalogue.filter(({ number }) => number !== null);
  expect(numbered.map(({ number, id }) => id.startsWith(`figure-${String(number)}-`))).not.toContain(false);
  expect(numbered.map(({ number }) => number)).toEqual(figureNumbers);
  expect(figureCatalogue).toHaveLength(12);
});

describe("the counts drawn are the counts of the files", () => {
  it("Figure 1: every section, with the distinct references cited in it", async () => {
    const figure = await figures.outline();
    const outline = raw("survey_outline");
    expect(csv(figure).map((row) => [row["section"], row["references"]])).toEqual(
      outline.map((row) => [row["section"], row["refs_cited"]]),
    );
    const drawn = texts(figure);
    for (const { section, refs_cited: references } of outline) {
      expect(drawn.some((text) => text.replace(/<\/?b>/g, "").startsWith(`${section!} `))).toBe(true);
      expect(drawn).toContain(`<b>${references!}</b>`);
    }
    expect(figure.rows.map(({ used }) => used)).toEqual([outline.length, raw("survey_citations").length]);
  });

  it.each([
    ["Figure 2", figures.pbrftVersusAgenticRl, "2"],
    ["Figure 3", () => figures.interactionLoop({ episode }), "3"],
  ] as const)("%s: a card for every label", async (_, make, number) => {
    const entries = raw("figure_entries").filter(({ figure }) => figure === number);
    const figure = await make();
    const wanted = entries.map(
      (row) => `${(number === "2" ? row["branch"] : row["sub_branch"])!} ${row["entry"]!}`,
    );
    expect(cards(figure)).toEqual(wanted.sort());
  });

  it("Figure 4: the survey's labels as cards, the works of the text as counts", async () => {
    const figure = await figures.capabilityWheel();
    const methods = raw("capability_methods");
    const drawn = methods.filter((row) => row["found_in"]!.includes("Figure 4"));
    const entries = raw("figure_entries").filter(({ figure: number }) => number === "4");
    expect(cards(figure)).toEqual(entries.map((row) => `${row["branch"]!} ${row["entry"]!}`).sort());
    expect(drawn).toHaveLength(entries.length);
    const named = texts(figure).flatMap((text) => {
      const found = /(\d+) named$/.exec(text);
      return found === null ? [] : [Number(found[1])];
    });
    expect(named).toHaveLength(6);
    expect(sum(named)).toBe(methods.length - drawn.length);
  });

  it("Figures 5 and 6 and the families: a card for every row", async () => {
    const tools = raw("tool_use_evolution").map((row) => `${row["stage_no"]!} ${row["entry"]!}`);
    expect(cards(await figures.toolUseStages())).toEqual(tools.sort());
    const tree = raw("evolution_tree").map((row) => `${row["branch"]!} ${row["entry"]!}`);
    expect(cards(await figures.evolutionTree())).toEqual(tree.sort());
    const algorithms = raw("algorithms").map((row) => `${row["family"]!} ${row["method"]!}`);
    expect(cards(await figures.algorithmFamilyTree())).toEqual(algorithms.sort());
  });

  it("growth: every work with a month, strong, weak and without a label apart", async () => {
    const dated = papers.filter((row) => has(row, "date"));
    const reasons = (row: RawRow) => listOf(row["labels_from"]);
    const weak = (row: RawRow) =>
      reasons(row).length > 0 && reasons(row).every((one) => one.startsWith("E:sec "));
    const [strong, onlyWeak, none] = bars(await figures.growthByMonth());
    expect(sum(strong!.y)).toBe(count(dated, (row) => reasons(row).length > 0 && !weak(row)));
    expect(sum(onlyWeak!.y)).toBe(count(dated, weak));
    expect(sum(none!.y)).toBe(count(dated, (row) => reasons(row).length === 0));
    const at = strong!.x.indexOf("2025-05");
    expect(sum([strong!.y[at]!, onlyWeak!.y[at]!, none!.y[at]!])).toBe(
      count(papers, (row) => row["date"] === "2025-05"),
    );
  });

  it("growth can begin elsewhere, and loses nothing before", async () => {
    const [a, b] = [await figures.growthByMonth(), await figures.growthByMonth({ from: "2025-06" })];
    const all = (figure: SurveyFigure) => sum(bars(figure).flatMap(({ y }) => y));
    expect(all(b)).toBe(all(a));
  });

  it("gaps: every pair of labels, and a dash where there is none", async () => {
    const figure = await figures.capabilityTaskMap();
    const pairs = papers.flatMap((row) =>
      listOf(row["capability"]).flatMap((capability) =>
        listOf(row["task"]).map((task) => `${capability} ${task}`),
      ),
    );
    const cells = csv(figure);
    expect(cells).toHaveLength(48);
    for (const cell of cells) {
      const own = pairs.filter((pair) => pair === `${cell["capability"]!} ${cell["task"]!}`);
      expect(Number(cell["both_strong"]) + Number(cell["with_weak"])).toBe(own.length);
    }
    const empty = 48 - new Set(pairs).size;
    expect(texts(figure).filter((text) => text === "–")).toHaveLength(empty);
    expect(figure.title).toContain(`${String(empty)} of 48`);
    // Planning has weak labels only (the data's README): nothing there may look strong.
    for (const cell of cells.filter(({ capability }) => capability === "planning"))
      expect(cell["both_strong"]).toBe("0");
  });

  it("rewards: every work with a type and a year", async () => {
    const figure = await figures.rewardTypeShare();
    const told = papers.filter((row) => has(row, "reward_type") && has(row, "year"));
    for (const row of csv(figure)) {
      for (const type of ["outcome", "mixed", "process"]) {
        const own = count(told, (paper) => paper["year"] === row["year"] && paper["reward_type"] === type);
        expect(Number(row[type])).toBe(own);
      }
    }
    const shares = bars(figure).map(({ x }) => x as number[]);
    for (const i of shares[0]!.keys()) expect(sum(shares.map((one) => one[i]!))).toBeCloseTo(100);
  });

  it("base models: every work that names one", async () => {
    const figure = await figures.baseModelShare();
    const named = papers.filter((row) => has(row, "base_model"));
    expect(figure.rows[0]!.used).toBe(named.length);
    const qwen = count(named, (row) => /qwen|qwq/i.test(row["base_model"]!));
    expect(csv(figure).find((row) => row["family"] === "Qwen")!["works"]).toBe(String(qwen));
    const [alone] = bars(figure);
    expect(sum(alone!.x)).toBeLessThanOrEqual(named.length);
  });

  it("since: the labels of both sides, strong and weak", async () => {
    const figure = await figures.sinceTheSurvey();
    const labels = (rows: readonly RawRow[]) =>
      rows.reduce((total, row) => total + listOf(row["capability"]).length + listOf(row["task"]).length, 0);
    const survey = papers.filter((row) => row["in_survey"] === "true");
    const since = papers.filter((row) => row["in_survey"] === "false" && row["date"]! >= "2025-11");
    const drawn = (axis: string) =>
      sum(
        bars(figure)
          .filter(({ xaxis }) => xaxis === axis)
          .flatMap(({ x }) => x),
      );
    expect(drawn("x")).toBe(labels(survey));
    expect(drawn("x2")).toBe(labels(since));
    expect(figure.title).toContain(`${String(since.length)} works`);
  });
});

describe("Figure 3's episode", () => {
  it("is the environment's own: replaying its actions gives the observations drawn", async () => {
    const { trajectory, environment } = episode;
    const world = makeEnvironment(environment);
    const seen = [(await world.reset({ seed: trajectory.seed })).observation];
    let reward = 0;
    for (const { action } of trajectory.turns) {
      const step = await world.step(action);
      reward += step.reward;
      if (step.observation !== "") seen.push(step.observation);
    }
    const drawn = csv(await figures.interactionLoop({ episode }));
    const observed = drawn.filter(
      (row) => row["from"] === "environment" && !row["text"]!.startsWith("reward"),
    );
    expect(observed.map((row) => row["text"])).toEqual(seen);
    expect(reward).toBe(trajectory.return);
  });

  it("may be another, and must be whole", async () => {
    const { trajectory } = episode;
    const unsolved = { ...trajectory, success: false, return: 0 };
    expect((await figures.interactionLoop({ episode: { ...episode, trajectory: unsolved } })).title).toMatch(
      /not solved$/,
    );
    const broken = (change: Partial<typeof trajectory>) =>
      figures.interactionLoop({ episode: { ...episode, trajectory: { ...trajectory, ...change } } });
    await expect(broken({ turns: [] })).rejects.toThrow(/no turns/);
    await expect(broken({ context: 1 })).rejects.toThrow(/whole in one context/);
    await expect(figures.interactionLoop({ episode: { ...episode, vocabulary: [] } })).rejects.toThrow(
      /not in its vocabulary/,
    );
  });
});

describe("other data", () => {
  const folder = mkdtempSync(join(tmpdir(), "arl-figures-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const add = (name: string, row: Record<string, string>) => {
    const path = join(folder, `${name}.csv`);
    const text = readFileSync(path, "utf8");
    const cells = parse(text)[0]!.map((column) => `"${(row[column] ?? "").replaceAll('"', '""')}"`);
    writeFileSync(path, `${text}${cells.join(",")}\n`);
  };

  it("draws new rows: without a date, in a new year, with markup in a name", async () => {
    cpSync(directory, folder, { recursive: true });
    const name = '<b>x</b> & "y", z';
    const tree = { branch: "Math", sub_branch: "Formal", found_in: "test" };
    add("evolution_tree", { ...tree, position: "98", entry: name });
    add("evolution_tree", { ...tree, position: "99", entry: "Later", date: "2026-02", year: "2026" });
    add("tool_use_evolution", {
      ...{ stage: "A fourth stage", stage_no: "4", position: "1", entry: name, found_in: "test" },
      ...{ date: "2026-02", year: "2026" },
    });
    const [before, after] = [
      await figures.evolutionTree(),
      await figures.evolutionTree({ directory: folder }),
    ];
    expect(cards(after)).toHaveLength(cards(before).length + 2);
    expect(texts(after)).toContain('&lt;b&gt;x&lt;/b&gt; &amp; "y", z');
    expect(after.csv).toContain('"<b>x</b> & ""y"", z"');
    expect(cards(await figures.toolUseStages({ directory: folder }))).toContain(`4 ${name}`);
  });
});
