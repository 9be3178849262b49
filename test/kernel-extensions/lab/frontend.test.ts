/** JupyterLab's front end: when it is built, and what is in a build. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildFrontend, isFrontendBuilt } from "../../../kernel-extensions/lab/frontend/build.mjs";
import { stampOf } from "../../../kernel-extensions/lab/frontend/stamp.mjs";
import { temporary } from "../cli/support.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const sources = "kernel-extensions/lab/frontend";
const lab = join(repository, "dist", "lab");
const parts = [
  "static/index.html",
  "static/topojson/a.json",
  "schemas/a.json",
  "themes/a.css",
  "manifest.json",
  "LICENCES.txt",
];

/** A clone without packages, and a build in it that says it is of these sources. */
function clone(): string {
  const root = temporary();
  for (const name of [
    sources,
    "kernel-extensions/lab/plotly-renderer",
    "kernel-extensions/lab/lesson-progress",
    "kernel-extensions/plots",
    "kernel-extensions/cli/kernelspec",
    "package.json",
  ]) {
    cpSync(join(repository, name), join(root, name), {
      recursive: true,
      filter: (file) => !file.includes("node_modules"),
    });
  }
  for (const part of parts) {
    mkdirSync(dirname(join(root, "dist/lab", part)), { recursive: true });
    writeFileSync(join(root, "dist/lab", part), "");
  }
  writeFileSync(join(root, "dist/lab/.stamp"), stampOf(root));
  return root;
}

describe("a front end", () => {
  it("is taken when it is whole and of these sources, by content and not by time", () => {
    const root = clone();
    expect(isFrontendBuilt(root)).toBe(true);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(root, sources, "main.ts"), later, later);
    expect(isFrontendBuilt(root)).toBe(true);
    for (const name of [
      ...[
        `${sources}/package-lock.json`,
        `${sources}/main.ts`,
        `${sources}/index.html`,
        `${sources}/overrides.json`,
        "kernel-extensions/lab/lesson-progress/plugin.ts",
      ],
      ...["kernel-extensions/lab/plotly-renderer/browser/drawing.ts", "kernel-extensions/plots/theme.ts"],
      "kernel-extensions/plots/title.ts",
    ]) {
      const before = readFileSync(join(root, name));
      writeFileSync(join(root, name), Buffer.concat([before, Buffer.from("\n")]));
      expect(isFrontendBuilt(root), name).toBe(false);
      writeFileSync(join(root, name), before);
      expect(isFrontendBuilt(root), name).toBe(true);
    }
    const about = join(root, "package.json");
    writeFileSync(
      about,
      readFileSync(about, "utf8").replace(/"plotly.js-dist-min": ".*"/, '"plotly.js-dist-min": "1.0.0"'),
    );
    expect(isFrontendBuilt(root)).toBe(false);
  });

  it("that lost a part is not taken", () => {
    const root = clone();
    for (const part of [...parts.map((name) => name.replace(/\/a\..*/, "")), ".stamp"]) {
      const aside = join(root, "aside");
      cpSync(join(root, "dist/lab", part), aside, { recursive: true });
      rmSync(join(root, "dist/lab", part), { recursive: true });
      expect(isFrontendBuilt(root), part).toBe(false);
      cpSync(aside, join(root, "dist/lab", part), { recursive: true });
      rmSync(aside, { recursive: true });
    }
    expect(isFrontendBuilt(root)).toBe(true);
  });

  it("of a published package is taken as it is; without one the way out is said", async () => {
    const root = clone();
    rmSync(join(root, "kernel-extensions"), { recursive: true });
    expect(isFrontendBuilt(root)).toBe(true);
    rmSync(join(root, "dist/lab/themes"), { recursive: true });
    await expect(buildFrontend({ root })).rejects.toThrow(
      /is not whole, .* cannot build it: install it again/,
    );
  });

  it("stays what it was when its packages cannot be had", async () => {
    const root = clone();
    writeFileSync(join(root, sources, "main.ts"), "changed");
    mkdirSync(join(root, "dist/.lab-1"));
    // npm tells its scripts where it is; this one finds no network.
    writeFileSync(join(root, "npm.js"), "process.exitCode = 7;");
    const npm = process.env.npm_execpath;
    process.env.npm_execpath = join(root, "npm.js");
    const lines: string[] = [];
    try {
      const building = buildFrontend({ root, log: (line: string) => lines.push(line) });
      await expect(building).rejects.toThrow(/npm ci failed \(exit code 7\): .* check the network/);
    } finally {
      if (npm === undefined) delete process.env.npm_execpath;
      else process.env.npm_execpath = npm;
    }
    expect(lines).toEqual([expect.stringMatching(/not built yet: this is done once/)]);
    expect(readdirSync(join(root, "dist"))).toEqual(["lab"]);
    expect(existsSync(join(root, "dist/lab/static/index.html"))).toBe(true);
    expect(existsSync(join(root, ".cache/bootstrap.lock"))).toBe(false);
  });

  it("has a lock that names no server, and exact versions", () => {
    expect(readFileSync(join(repository, sources, "package-lock.json"), "utf8")).not.toMatch(/"resolved"/);
    const about = JSON.parse(readFileSync(join(repository, sources, "package.json"), "utf8")) as Record<
      "dependencies" | "devDependencies" | "overrides",
      Record<string, string>
    >;
    const versions = { ...about.dependencies, ...about.devDependencies, ...about.overrides };
    for (const version of Object.values(versions)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.runIf(existsSync(join(repository, sources, "node_modules", "@jupyterlab")))("type-checks", () => {
    const compiler = join(repository, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", sources], {
      cwd: repository,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });
});

const built = isFrontendBuilt(repository);
if (!built) console.warn("JupyterLab's front end is not built: the tests of what is in it are left out.");

describe.runIf(built)("the built front end", () => {
  const read = (name: string) => readFileSync(join(lab, name), "utf8");
  const manifest = built
    ? (JSON.parse(read("manifest.json")) as {
        jupyterlab: string;
        extensions: { name: string; version: string }[];
      })
    : { jupyterlab: "", extensions: [] };
  const statics = built ? readdirSync(join(lab, "static")).filter((name) => name.includes(".")) : [];

  it("is JupyterLab 4.6 with its settings and themes", () => {
    expect(manifest.jupyterlab).toMatch(/^4\.6\.\d+$/);
    expect(manifest.extensions.length).toBeGreaterThan(35);
    for (const [id, values] of Object.entries(JSON.parse(read("overrides.json")) as Record<string, object>)) {
      const [name, plugin] = id.split(":") as [string, string];
      const { properties } = JSON.parse(read(`schemas/${name}/${plugin}.json`)) as { properties: object };
      for (const key of Object.keys(values)) expect(properties).toHaveProperty([key]);
    }
    for (const theme of ["light", "dark"]) {
      const css = read(`themes/@jupyterlab/theme-${theme}-extension/index.css`);
      for (const [, file] of css.matchAll(/@import '\.\/([^']+)'/g)) {
        expect(read(`themes/@jupyterlab/theme-${theme}-extension/${file!}`)).toContain("--jp-layout-color0");
      }
    }
  });

  it("brings the licence of everything that is in it", () => {
    const text = read("LICENCES.txt");
    for (const { name, version } of manifest.extensions)
      expect(text).toContain(`${name} ${version} (BSD-3-Clause)`);
    for (const name of [
      "plotly.js-dist-min",
      "react",
      "yjs",
      "vega",
      "mathjax-full",
      "mermaid",
      "@codemirror/view",
    ]) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
    }
    expect(text).toContain("Redistributions in binary form must reproduce");
    expect(text).not.toContain("@rspack/core");
  });

  it("has one Plotly, which is not loaded with the page", () => {
    const plotly = statics.filter((name) =>
      readFileSync(join(lab, "static", name)).includes("plotly.js v3."),
    );
    expect(plotly).toEqual([expect.stringMatching(/^plotly\.min\.[0-9a-f]{8}\.js$/)]);
    expect(read("static/index.html")).not.toContain("plotly");
  });

  it("loads nothing from elsewhere", () => {
    const page = read("static/index.html");
    expect(page).toContain("__PAGE_CONFIG__");
    expect(page).not.toMatch(/https?:/);
    for (const [, file] of page.matchAll(/(?:src|href)="\/static\/lab\/([^"]+)"/g))
      expect(statics).toContain(file);
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)/g)) {
      expect(address).toMatch(/^(\/static\/lab\/|data:)/);
    }
    for (const name of statics.filter((name) => name.endsWith(".css"))) {
      for (const [, address] of read(`static/${name}`).matchAll(/url\(["']?([^"')]+)/g)) {
        if (address!.startsWith("data:")) continue;
        expect(statics).toContain(address!.replace(/[?#].*/, ""));
      }
      expect(read(`static/${name}`)).not.toMatch(/@import/);
    }
    // Delivery networks, fonts and counters: addresses that a script has for loading. Plotly has them for maps.
    const networks =
      /cdnjs\.cloudflare|unpkg\.com|jsdelivr|googleapis\.com|gstatic\.com|google-analytics|esm\.sh/;
    for (const name of statics.filter((name) => name.endsWith(".js") && !name.startsWith("plotly"))) {
      expect(networks.exec(read(`static/${name}`))?.[0], name).toBeUndefined();
    }
  });
});
