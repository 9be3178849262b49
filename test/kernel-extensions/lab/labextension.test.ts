/** Our renderer as files in a Jupyter data folder. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  assembleLabextension,
  ForeignLabextension,
  installLabextension,
  labextensionName,
  uninstallLabextension,
} from "../../../kernel-extensions/lab/plotly-renderer/labextension.js";
import { temporary } from "../cli/support.js";

interface About {
  name: string;
  version: string;
  jupyterlab: { _build: { load: string; extension: string; mimeExtension: string } };
}

function about(folder: string): About {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as About;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const sha = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("the labextension", () => {
  it("is what JupyterLab looks for, and whole: every module finds those that it imports", async () => {
    const folder = temporary();
    await assembleLabextension(folder);
    const { name, jupyterlab } = about(folder);
    expect(name).toBe(labextensionName);
    expect(jupyterlab._build).toMatchObject({ extension: "./extension", mimeExtension: "./mimeExtension" });
    expect(jupyterlab._build.load).toMatch(/^static\/remoteEntry\.[0-9a-f]{12}\.js$/);

    const entry = join(folder, jupyterlab._build.load);
    const container = /new URL\("([^"]+)"/.exec(readFileSync(entry, "utf8"))![1]!;
    const wanted = [join(dirname(entry), container)];
    const seen = new Set<string>();
    for (const file of wanted) {
      if (seen.has(file)) continue;
      seen.add(file);
      const text = readFileSync(file, "utf8");
      for (const [, path] of text.matchAll(/^(?:import|export) .*?from "([^"]+)";$/gm)) {
        expect(path).toMatch(/^\.\.?\//); // Browsers have no node_modules.
        wanted.push(join(dirname(file), path!));
      }
      if (text.includes('"plotly.min.js"')) seen.add(join(dirname(file), "plotly.min.js"));
    }
    const plotly = [...seen].find((file) => file.endsWith("plotly.min.js"))!;
    expect(sha(plotly)).toBe(sha(createRequire(import.meta.url).resolve("plotly.js-dist-min/plotly.min.js")));
    const maps = files(folder).filter((file) => dirname(file) === join(dirname(plotly), "topojson"));
    expect(maps.map((file) => basename(file))).toEqual(
      expect.arrayContaining([
        "world_110m.json",
        "world_50m.json",
        "south-america_50m.json",
        "usa_110m.json",
      ]),
    );
    const typesOnly = /jupyter\.js$/;
    const present = files(folder).filter((file) => !typesOnly.test(file) && !maps.includes(file));
    expect(present.sort()).toEqual([...seen, entry, join(folder, "package.json")].sort());
  });

  it("has the same addresses as long as it has the same content", async () => {
    const [one, two] = [temporary(), temporary()];
    await assembleLabextension(one);
    await assembleLabextension(two);
    expect(about(one)).toEqual(about(two));
  });

  it("is installed over what was there, whole, and taken back", async () => {
    const dataDir = temporary();
    const folder = join(dataDir, "labextensions", labextensionName);
    expect(await uninstallLabextension(dataDir)).toBeUndefined();
    expect(await installLabextension(dataDir)).toBe(folder);
    writeFileSync(join(folder, "static", "old.js"), "");
    expect(await installLabextension(dataDir)).toBe(folder);
    expect(existsSync(join(folder, "static", "old.js"))).toBe(false);
    expect(statSync(join(folder, about(folder).jupyterlab._build.load)).isFile()).toBe(true);
    expect(readdirSync(dirname(folder))).toEqual([labextensionName]);
    expect(await uninstallLabextension(dataDir)).toBe(folder);
    expect(readdirSync(dirname(folder))).toEqual([]);
  });

  it("never takes the place of another's, nor removes it", async () => {
    for (const name of ["package.json", "other.txt"]) {
      const dataDir = temporary();
      const folder = join(dataDir, "labextensions", labextensionName);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), '{"name": "other"}');
      await expect(installLabextension(dataDir)).rejects.toThrow(ForeignLabextension);
      await expect(uninstallLabextension(dataDir)).rejects.toThrow(
        `${folder} was not written by this package`,
      );
      expect(readdirSync(folder)).toEqual([name]);
    }
  });
});
