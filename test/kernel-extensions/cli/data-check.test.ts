import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { directory as committed, raw } from "../../src/survey/raw.js";
import { arl, temporary } from "./support.js";

/** A copy of the data set, with a file changed. */
function copy(file?: string, edit?: (source: string) => string): string {
  const folder = temporary();
  cpSync(committed, folder, { recursive: true });
  if (file !== undefined && edit !== undefined) {
    const path = join(folder, file);
    writeFileSync(path, edit(readFileSync(path, "utf8")));
  }
  return folder;
}

describe("arl data check", () => {
  it("finds no faults in the data that comes with the package, and none in its sheet", async () => {
    const { code, stdout, stderr } = await arl(["data", "check"]);
    expect(stdout).toMatch(/^papers\.csv +\d+ rows$/m);
    expect(stdout).toMatch(/^README\.md +numbers$/m);
    expect(stdout).toMatch(/No faults in 23 files, \d+ rows\.\n$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("names every fault with its row and column, and exits with 1", async () => {
    const dir = copy("papers.csv", (s) => s.replace(",2025-04,", ",2025-13,").replace(",A;C;E,", ",A;C;X,"));
    const { code, stdout } = await arl(["data", "check", "--dir", dir]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        "papers.csv: 2 faults",
        '  row 2, column "date": "2025-13" is not a month (YYYY-MM)',
        '  row 2, column "sources": "X" is none of "A", "B", "C", "D", "E", "F"',
        "",
        "2 faults in 1 of 22 files.",
        "",
      ].join("\n"),
    );
    const { stdout: json } = await arl(["data", "check", "--dir", dir, "--json"]);
    const report = JSON.parse(json) as { faults: number; files: { file: string; faults: object[] }[] };
    expect(report.faults).toBe(2);
    expect(report.files.find(({ file }) => file === "papers.csv")!.faults[0]).toEqual({
      row: 2,
      column: "date",
      what: '"2025-13" is not a month (YYYY-MM)',
    });
  });

  it("loads a byte order mark and CRLF, and a folder without a sheet", async () => {
    const dir = copy("papers.csv", (s) => `\uFEFF${s.replaceAll("\n", "\r\n")}`);
    rmSync(join(dir, "README.md"));
    const { code, stdout } = await arl(["data", "check", "--dir", dir]);
    expect(stdout).toMatch(/No faults in 22 files, \d+ rows\.\n$/);
    expect(code).toBe(0);
  });

  it("--sheet: a paper added by hand is one row and one command", async () => {
    const example = /```csv\n(.*\n)```/.exec(readFileSync(join(committed, "README.md"), "utf8"))![1]!;
    const dir = copy("papers.csv", (s) => s + example);
    const stale = await arl(["data", "check", "--dir", dir]);
    expect(stale.code).toBe(1);
    const works = raw("papers").length;
    expect(stale.stdout).toContain(
      `rows of papers.csv: the sheet says ${String(works)}, the data ${String(works + 1)}`,
    );
    expect(stale.stdout).toContain("Numbers of README.md are mended by arl data check --sheet.");
    const mended = await arl(["data", "check", "--dir", dir, "--sheet"]);
    expect(mended.code).toBe(0);
    expect(mended.stderr).toMatch(/^wrote .*README\.md: \d+ lines had other numbers\n$/);
    expect(readFileSync(join(dir, "README.md"), "utf8")).toContain(
      `| \`papers.csv\` | ${String(works + 1)} |`,
    );
    expect((await arl(["data", "check", "--dir", dir])).code).toBe(0);
  });

  it("the sheet lacks a column, or describes one that is not there", async () => {
    const dir = copy("README.md", (s) => s.replace("| `modality` |", "| `modalty` |"));
    const { code, stdout } = await arl(["data", "check", "--dir", dir, "--sheet"]);
    expect(code).toBe(1);
    expect(stdout).toContain('environments.csv has no column "modalty"');
    expect(stdout).toContain('column "modality" of environments.csv is not described');
  });

  it.each([
    [["data"], 2, /arl data is one of: arl data check/],
    [["data", "chek"], 2, /did you mean arl data check\?/],
    [["data", "check", "x"], 2, /unexpected argument x/],
    [["data", "check", "--dir", ""], 2, /--dir needs the path of a folder/],
    [["data", "check", "--dir", "nowhere"], 1, /there is no folder .*nowhere/],
  ])("%j", async (args, expected, message) => {
    const { code, stdout, stderr } = await arl(args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  });

  it("explains itself", async () => {
    const { code, stdout } = await arl(["data", "check", "--help"]);
    expect(stdout).toMatch(/^Usage: arl data check/);
    expect(code).toBe(0);
  });
});
