/** `npm run bench -- survey`: the survey's data a hundred times as large, loaded, counted, grouped and checked. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkSurvey, frame, papersBy, papersByMonth, rows, type Paper } from "../src/survey/index.js";
import { surveyDirectory } from "../src/survey/directory.js";
import { markdownTable, showSpread, spread } from "./statistics.js";

const works = 100_000;
const repetitions = 5;

export async function benchSurvey(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "survey-"));
  try {
    await cp(surveyDirectory(), directory, { recursive: true });
    await writeFile(join(directory, "papers.csv"), await manyPapers());
    // danfo is loaded once for all.
    await frame("gui_agents");
    const tasks: [string, () => Promise<unknown>][] = [
      ['rows("papers")', () => rows("papers", { directory })],
      ['rows, then papersBy("task")', () => papersBy("task", { directory })],
      [
        'rows, then papersBy(["month", "capability"])',
        () => papersBy(["month", "capability"], { directory }),
      ],
      [
        "rows, then papersByMonth, from 2025-01",
        () => papersByMonth({ by: "task", from: "2025-01", directory }),
      ],
      ['frame("papers")', () => frame("papers", { directory })],
      [
        'frame, then groupby(["year", "reward_type"]).col(["key"]).count()',
        async () =>
          (await frame("papers", { directory })).groupby(["year", "reward_type"]).col(["key"]).count(),
      ],
      ["checkSurvey", () => checkSurvey({ directory })],
    ];
    const lines: string[][] = [];
    for (const [what, run] of tasks) {
      const [seconds, processor]: [number[], number[]] = [[], []];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const [begin, used] = [performance.now(), process.cpuUsage()];
        await run();
        seconds.push((performance.now() - begin) / 1000);
        const { user, system } = process.cpuUsage(used);
        processor.push((user + system) / 1e6);
      }
      process.stderr.write(`${what}: ${showSpread(spread(seconds))} s\n`);
      lines.push([what, showSpread(spread(seconds)), showSpread(spread(processor))]);
    }
    // On a machine that is busy with other things the second column says more: all threads, the collector's too.
    const heading = [
      `${works.toLocaleString("en")} works, ${String(repetitions)} times`,
      "seconds: median (min–max)",
      "processor seconds",
    ];
    process.stdout.write(`${markdownTable(heading, lines)}\n`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** papers.csv with the works there are, over and over: keys, ids, titles and addresses their own, labels by hand. */
async function manyPapers(): Promise<string> {
  const path = join(surveyDirectory(), "papers.csv");
  const header = (await readFile(path, "utf8")).split("\n", 1)[0]!.trim();
  const papers = await rows("papers");
  // Those whose month an id can be given for.
  const dated = papers.filter(({ date }) => date !== null && date >= "2015");
  const lines = [header];
  // Ids count up inside a month, and papers.csv has all the keys that other files name.
  for (const paper of papers) lines.push(line(header, paper, {}));
  const given = new Map<string, number>();
  for (let index = 0; lines.length <= works; index++) {
    const paper = dated[index % dated.length]!;
    const month = paper.date!.slice(2).replace("-", "");
    const number = (given.get(month) ?? 30_000) + 1;
    given.set(month, number);
    const id = `${month}.${String(number).padStart(5, "0")}`;
    lines.push(
      line(header, paper, {
        key: `work-${String(index)}`,
        title: `${paper.title ?? "Untitled"}, again ${String(index)}`,
        arxiv_id: id,
        url: `https://arxiv.org/abs/${id}`,
        in_survey: false,
        sources: ["F"],
        survey_ref: [],
        survey_sections: [],
        labels_from: [...paper.capability, ...paper.task].map((label) => `F:${label}`),
      }),
    );
  }
  return `${lines.join("\n")}\n`;
}

function line(header: string, paper: Paper, changes: Partial<Paper>): string {
  const row = { ...paper, ...changes } as unknown as Record<string, unknown>;
  return header
    .split(",")
    .map((column) => {
      const value = row[column] ?? "";
      const text = Array.isArray(value) ? value.join(";") : String(value as string | number | boolean);
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}
