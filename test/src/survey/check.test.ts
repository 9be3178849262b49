/** The files against one another: each kind of fault, found once and where it is. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSurvey, tableNames } from "../../../src/survey/index.js";
import { directory as committed, raw } from "./raw.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "survey-"));
  await cp(committed, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

async function change(file: string, edit: (source: string) => string): Promise<void> {
  const path = join(directory, `${file}.csv`);
  const source = await readFile(path, "utf8");
  const changed = edit(source);
  expect(changed).not.toBe(source);
  await writeFile(path, changed);
}

const faults = async (today?: string) =>
  (await checkSurvey({ directory, ...(today !== undefined && { today }) })).flatMap(({ file, faults }) =>
    faults.map(({ row, column, what }) => `${file} ${row ?? "-"} ${column ?? "-"}: ${what}`),
  );

it("finds nothing wrong with the data as it is, and counts its rows", async () => {
  const reports = await checkSurvey();
  expect(reports.flatMap((report) => report.faults.map(({ message }) => message))).toEqual([]);
  expect(reports.map(({ file, rows }) => [file, rows])).toEqual(
    tableNames.map((name) => [`${name}.csv`, raw(name).length]),
  );
});

describe("one fault", () => {
  it.each<[string, string, (source: string) => string, string | RegExp]>([
    [
      "a key that papers.csv lacks",
      "gui_agents",
      (s) => s.replace(",seeact,", ",see-act,"),
      'gui_agents.csv 3 key: "see-act" is not in papers.csv; did you mean "seeact"?',
    ],
    [
      "an arXiv id that is another in papers.csv",
      "gui_agents",
      (s) => s.replace(",2502.08226,", ",2502.08227,"),
      'gui_agents.csv 4 arxiv_id: "2502.08227" is "2502.08226" in papers.csv',
    ],
    [
      "a reference that is not in the list",
      "gui_agents",
      (s) => s.replace(",356,A;E,", ",569,A;E,"),
      "gui_agents.csv 2 survey_ref: 569 is not in the reference list (1 to 568)",
    ],
    [
      "a reference that is another work",
      "papers",
      (s) => s.replace(",327,4.3.1;4.3.2,", ",328,4.3.1;4.3.2,"),
      'papers.csv 2 survey_ref: reference 328 is "prover-verifier-games-legibility", the row is "1-shot-rlvr"',
    ],
    [
      "a section the survey has not",
      "papers",
      (s) => s.replace(",327,4.3.1;4.3.2,", ",327,4.3.1;4.3.9,"),
      "papers.csv 2 survey_sections: no section 4.3.9 in survey_outline.csv",
    ],
    [
      "labels without their reason",
      "papers",
      (s) => s.replace(",A:Sec4.3;E:Figure 6;E:Table 6;E:sec 4.3,", ",,"),
      'papers.csv 2 labels_from: "" gives no label, the row has math',
    ],
    [
      "in_survey against the sources",
      "papers",
      (s) => s.replace(",true,A;C;E,", ",false,A;C;E,"),
      "papers.csv 2 in_survey: sources A;C;E say true: A and E are the survey's",
    ],
    [
      "a year that is not the month's",
      "papers",
      (s) => s.replace(",outcome,,,2025,paper,One-Shot", ",outcome,,,2024,paper,One-Shot"),
      "papers.csv 2 year: the year is not that of the month 2025-04",
    ],
    [
      "a drawn label that its figure has not",
      "evolution_tree",
      (s) => s.replace(",MSRL,", ",MSLR,"),
      'evolution_tree.csv 2 entry: "MSLR" is not in figure_entries.csv under Figure 6',
    ],
    [
      "a file that there is not",
      "figures",
      (s) => s.replace("survey_outline.csv", "outline.csv"),
      "figures.csv 2 files: no file outline.csv in the data set",
    ],
    [
      "an erratum of no row",
      "errata",
      (s) => s.replace("Table 2,DPO,dpo,", "Table 2,DPO!,dpo,"),
      'errata.csv 2 row: "DPO!" is not in algorithms.csv',
    ],
    [
      "an erratum of no column",
      "errata",
      (s) => s.replace(",dpo,year,", ",dpo,years,"),
      'errata.csv 2 field: algorithms.csv has no column "years"',
    ],
    [
      "an erratum of what is not printed",
      "errata",
      (s) => s.replace(",dpo,year,2024,", ",dpo,year,2022,"),
      'errata.csv 2 printed: "2022" is not in the cell, which has "2024"',
    ],
    [
      "an erratum of another work",
      "errata",
      (s) => s.replace("Table 2,DPO,dpo,", "Table 2,DPO,ppo,"),
      'errata.csv 2 key: "DPO" has the key "dpo" in algorithms.csv',
    ],
  ])("%s", async (_, file, edit, expected) => {
    await change(file, edit);
    expect(await faults()).toEqual([expected]);
  });

  it("a month in the future", async () => {
    expect(await faults("2026-08")).toEqual([]);
    const late = raw("papers").filter((row) => row["date"]! > "2026-06").length;
    expect(late).toBeGreaterThan(0);
    const found = await faults("2026-06");
    expect(found.filter((fault) => fault.startsWith("papers.csv"))).toHaveLength(late);
    expect(found[0]).toMatch(/date: "2026-07" is in the future \(this month is 2026-06\)$/);
  });

  it("a work added by hand, as the data sheet says, is none", async () => {
    const readme = await readFile(join(committed, "README.md"), "utf8");
    await change("papers", (s) => s + /```csv\n(.*\n)```/.exec(readme)![1]!);
    expect(await faults()).toEqual([]);
  });
});

it("all faults are told, each file's in the order of its rows", async () => {
  await change("papers", (s) =>
    s.replace(",true,A;C;E,", ",yes,A;C;E,").replace("\n3d-llm,", "\n3D-LLM,").replace(/\n$/, "\nx\n"),
  );
  await change("gui_agents", (s) => s.replace("\nSeeAct,", '\n"SeeAct,'));
  await rm(join(directory, "figures.csv"));
  await writeFile(join(directory, "paper.csv"), "key\n");
  const found = await faults();
  const last = raw("papers").length + 2;
  expect(found.filter((fault) => fault.startsWith("papers.csv"))).toEqual([
    'papers.csv 2 in_survey: "yes" is neither "true" nor "false"',
    'papers.csv 3 key: "3D-LLM" is not a key (lower-case letters, digits and single hyphens)',
    `papers.csv ${last} -: 1 cells where the header has 22`,
  ]);
  expect(found).toContain(
    'gui_agents.csv 3 method: Quoted field unterminated: a cell begins with " and no " ends it',
  );
  expect(found).toContain("figures.csv - -: the file is missing");
  expect(found).toContain("paper.csv - -: the file is not one of the data set's; did you mean papers.csv?");
  // Rows elsewhere that name the broken row are at fault only where its key was broken.
  expect(
    found
      .filter((fault) => fault.includes("is not in papers.csv"))
      .every((fault) => fault.includes('"3d-llm"')),
  ).toBe(true);
});
