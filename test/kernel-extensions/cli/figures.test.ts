/** `arl figures`: which figures, where to, and what is said where something is missing. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { figures } from "../../../kernel-extensions/cli/figures.js";
import { itemNames } from "../../../kernel-extensions/cli/gallery/items.js";
import { selected } from "../../../kernel-extensions/cli/gallery/only.js";
import { parse } from "../../src/survey/raw.js";
import { chromiumPath } from "../../support/debian-packages.mjs";
import { temporary } from "./support.js";

const browser = chromiumPath();
let stdout = "";
let stderr = "";
beforeEach(() => {
  stdout = stderr = "";
  const keep = (take: (text: string) => void) => (text: string | Uint8Array) => {
    take(String(text));
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(keep((text) => (stdout += text)));
  vi.spyOn(process.stderr, "write").mockImplementation(keep((text) => (stderr += text)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

interface Manifest {
  figures: {
    id: string;
    alt: string;
    files: Record<string, string>;
    rows: { rows: number; used: number }[];
  }[];
  files: string[];
}
const manifest = (out: string) => JSON.parse(readFileSync(join(out, "gallery.json"), "utf8")) as Manifest;

describe("--only", () => {
  const ids = (only?: string) => selected(only).map(({ id }) => id);
  it("takes numbers, names and kinds, in the gallery's order and each once", () => {
    expect(ids("growth,4, 1,figure-4-capability-wheel")).toEqual([
      "figure-1-outline",
      "figure-4-capability-wheel",
      "growth",
    ]);
    expect(ids("table3,table-10")).toEqual(["table-3", "table-10"]);
    expect(ids("figures")).toHaveLength(6);
    expect(ids("tables")).toHaveLength(10);
    expect(ids()).toEqual(itemNames.map(({ id }) => id));
  });

  it.each([
    ["grwth", /knows no grwth; did you mean growth\?/],
    ["7", /knows no 7.* It takes 1, 2, 3, 4, 5, 6, growth/],
    ["", /needs names/],
    ["1,,2", /needs names/],
  ])("refuses %j", (only, message) => {
    expect(() => selected(only)).toThrow(message);
  });
});

describe("bad usage", () => {
  it.each([
    [["--onyl", "1"], /unknown option --onyl; did you mean --only\?/],
    [["--only"], /--only needs a value/],
    [["--out="], /--out needs the path of a folder/],
    [["--no-stills=yes"], /--no-stills takes no value/],
    [["growth"], /unexpected argument growth/],
  ])("%j", async (args, message) => {
    await expect(figures.run(args)).rejects.toThrow(message);
    await expect(figures.run(args)).rejects.toMatchObject({ name: "UsageError" });
  });
});

describe("the folder", () => {
  const run = (out: string, ...args: string[]) => figures.run(["--out", out, "--no-stills", ...args]);

  it("may be new, empty or an earlier gallery, whose files that are not made again go", async () => {
    const out = join(temporary(), "new", "gallery");
    expect(await run(out, "--only", "5,growth,table-1")).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["csv", "gallery.json", "index.html"]);
    const kept = join(out, "notes.txt");
    writeFileSync(kept, "mine\n");
    expect(await run(out, "--only", "growth")).toBe(0);
    expect(readdirSync(join(out, "csv"))).toEqual(["growth.csv"]);
    expect(readFileSync(kept, "utf8")).toBe("mine\n");
  });

  it("removes nothing outside it, whatever its list says", async () => {
    const folder = temporary();
    const outside = join(folder, "outside.txt");
    writeFileSync(outside, "mine\n");
    const out = join(folder, "gallery");
    mkdirSync(out);
    const list = { generator: "arl figures", files: ["../outside.txt", "/etc/hostname", 7, ".", ""] };
    writeFileSync(join(out, "gallery.json"), JSON.stringify(list));
    expect(await run(out, "--only", "growth")).toBe(0);
    expect(existsSync(outside)).toBe(true);
  });

  it("is refused when it holds something else, or is a file", async () => {
    const folder = temporary();
    writeFileSync(join(folder, "index.html"), "<p>mine</p>\n");
    await expect(run(folder)).rejects.toThrow(/is not empty and holds no gallery.*--out/);
    await expect(run(join(folder, "index.html"))).rejects.toThrow(/is a file: name a folder/);
    expect(readdirSync(folder)).toEqual(["index.html"]);
  });
});

describe("what it writes", () => {
  it("is the page and the CSV files where no browser is found, and exit code 0", async () => {
    vi.stubEnv("ARL_BROWSER", "no-such-browser");
    const out = temporary();
    expect(await figures.run(["--out", out, "--only", "5,since,table-1"])).toBe(0);
    expect(stderr).toMatch(/arl figures: no PNG and SVG files: ARL_BROWSER is no-such-browser/);
    const { figures: made, files } = manifest(out);
    expect(made.map(({ files: own }) => Object.keys(own))).toEqual([["csv"], ["csv"], ["csv"]]);
    for (const file of files) expect(existsSync(join(out, file)), file).toBe(true);
    expect(readFileSync(join(out, "index.html"), "utf8")).not.toContain(".png");
    const rows = parse(readFileSync(join(out, "csv", "figure-5-tool-use-stages.csv"), "utf8"));
    expect(rows).toHaveLength(1 + made[0]!.rows[0]!.used);
  });

  it("ends with what was drawn and what was left out, adding up", async () => {
    const out = temporary();
    expect(await figures.run(["--out", out, "--no-stills", "--only", "5,beyond,table-1"])).toBe(0);
    const lines = stdout.split("\n").filter((line) => line !== "");
    expect(lines[0]).toMatch(/^FIGURE +ROWS OF +ALL +USED +LEFT +WHY$/);
    expect(lines.at(-1)).toBe(join(out, "index.html"));
    const rows = lines.slice(1, -1).map((line) => line.split(/ {2,}/));
    expect(rows.map(([name]) => name)).toEqual([
      ...["Figure 5", "growth", "gaps", "families", "rewards", "base-models", "since", "Table 1"],
    ]);
    for (const [, , all, used, left, why = ""] of rows) {
      expect(Number(used) + Number(left)).toBe(Number(all));
      const reasons = why === "" ? [] : why.split("; ").map((reason) => Number.parseInt(reason, 10));
      expect(reasons.reduce((sum, count) => sum + count, 0)).toBe(Number(left));
    }
  });

  it("writes nothing when it is interrupted", async () => {
    const out = join(temporary(), "gallery");
    const work = figures.run(["--out", out, "--no-stills", "--only", "beyond"]);
    await vi.waitFor(() => {
      expect(stderr).toContain("drawing");
    });
    process.emit("SIGINT");
    expect(await work).toBe(130);
    expect(existsSync(out)).toBe(false);
  });

  it.runIf(browser)("has a picture of every figure beside its CSV", async () => {
    vi.stubEnv("ARL_BROWSER", browser);
    const out = temporary();
    expect(await figures.run(["--out", out, "--only", "5,rewards,table-2"])).toBe(0);
    const { figures: made } = manifest(out);
    expect(made.map(({ files }) => Object.keys(files))).toEqual([
      ["csv", "png", "svg"],
      ["csv", "png", "svg"],
      ["csv"],
    ]);
    const page = readFileSync(join(out, "index.html"), "utf8");
    for (const { files } of made) {
      for (const path of Object.values(files)) {
        expect(existsSync(join(out, path))).toBe(true);
        expect(page).toContain(`href="${path}"`);
      }
    }
    const png = readFileSync(join(out, made[0]!.files["png"]!));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(readFileSync(join(out, made[0]!.files["svg"]!), "utf8")).toMatch(/^<svg.*ReAct/s);
  });

  it("says so, with exit code 1, when there is a browser that fails", async () => {
    vi.stubEnv("ARL_BROWSER", "false");
    const out = temporary();
    expect(await figures.run(["--out", out, "--only", "growth"])).toBe(1);
    expect(stderr).toMatch(/no PNG and SVG files: .*ended \(exit code 1\)/);
    expect(existsSync(join(out, "index.html"))).toBe(true);
  });
});
