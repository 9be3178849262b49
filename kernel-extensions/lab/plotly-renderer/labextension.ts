/**
 * Our renderer of figures and our display of a lesson's progress as a prebuilt extension for a JupyterLab 4 that is
 * installed already: a folder of files, no build and no Python.
 * https://jupyterlab.readthedocs.io/en/stable/extension/extension_dev.html#prebuilt-extensions
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { ownMark } from "../../cli/kernelspec/find.js";
import { packageRoot, packageVersion } from "../../package-root.js";
import { outlines } from "../../plots/outlines.js";
import { rename } from "../../rename.js";

export const labextensionName = "agentic-rl-lab-plotly";

/** A labextension of that name is there, and something else wrote it. */
export class ForeignLabextension extends Error {
  override readonly name = "ForeignLabextension";

  constructor(folder: string) {
    super(`${folder} was not written by this package`);
  }
}

/**
 * Writes the extension into an empty or new folder: `package.json` and `static/`.
 *
 * @throws Error when the compiled code or Plotly is not there
 */
export async function assembleLabextension(folder: string): Promise<void> {
  const files = await sources();
  // Browsers keep what they loaded: another content has another address.
  const hash = createHash("sha256").update(packageVersion());
  for (const [name, file] of files) hash.update(name).update(await readFile(file));
  const version = hash.digest("hex").slice(0, 12);
  for (const [name, file] of files) {
    const target = join(folder, "static", version, name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target);
  }
  const maps = join(folder, "static", version, dirname(container), "topojson");
  await mkdir(maps, { recursive: true });
  for (const [name, json] of await outlines()) await writeFile(join(maps, `${name}.json`), json);
  const load = `static/remoteEntry.${version}.js`;
  await writeFile(join(folder, load), remoteEntry(`${version}/${container}`));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(about(load), null, 2)}\n`);
}

/**
 * Installs the extension into a Jupyter data folder, over what an earlier call wrote.
 *
 * @returns its folder
 * @throws ForeignLabextension when the folder holds what we did not write
 */
export async function installLabextension(dataDir: string): Promise<string> {
  const folder = folderIn(dataDir);
  if ((await owner(folder)) === "foreign") throw new ForeignLabextension(folder);
  // Beside it and hidden, which Jupyter passes over; then in its place at once.
  const made = join(dirname(folder), `.${labextensionName}-${String(process.pid)}`);
  try {
    await rm(made, { recursive: true, force: true });
    await assembleLabextension(made);
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Removes our extension from a Jupyter data folder.
 *
 * @returns its folder; `undefined` when there was none
 * @throws ForeignLabextension when an extension of that name is there that we did not write
 */
export async function uninstallLabextension(dataDir: string): Promise<string | undefined> {
  const folder = folderIn(dataDir);
  const whose = await owner(folder);
  if (whose === "nobody") return undefined;
  if (whose === "foreign") throw new ForeignLabextension(folder);
  await rm(folder, { recursive: true });
  return folder;
}

function folderIn(dataDir: string): string {
  return join(dataDir, "labextensions", labextensionName);
}

async function owner(folder: string): Promise<"us" | "foreign" | "nobody"> {
  const files = await readdir(folder).catch(() => []);
  if (files.length === 0) return "nobody";
  try {
    return (await readFile(join(folder, "package.json"), "utf8")).includes(`"${ownMark}"`) ? "us" : "foreign";
  } catch {
    return "foreign";
  }
}

/** Where the modules lie within a version's folder, which they reach each other from. */
const container = "lab/plotly-renderer/browser/container.js";

/** What the browser loads: the name it has there, and the file it is. */
async function sources(): Promise<[name: string, file: string][]> {
  const compiled = join(packageRoot(), "dist", "kernel-extensions");
  const modules: string[] = [];
  for (const folder of [dirname(container), "lab/lesson-progress"]) {
    const names = (await readdir(join(compiled, folder))).filter((name) => name.endsWith(".js"));
    modules.push(...names.map((name) => join(compiled, folder, name)));
  }
  const plotly = createRequire(import.meta.url).resolve("plotly.js-dist-min/plotly.min.js");
  return [
    ...[...modules, ...["theme.js", "title.js"].map((name) => join(compiled, "plots", name))].map(
      (file): [string, string] => [relative(compiled, file).replaceAll("\\", "/"), file],
    ),
    [`${dirname(container)}/plotly.min.js`, plotly],
  ];
}

/**
 * The script JupyterLab loads. It answers `init` at once and loads the modules after it: JupyterLab starts with the
 * page's load event, which does not wait for them, and which is not to be over before JupyterLab listens.
 */
function remoteEntry(path: string): string {
  return `(() => {
  const address = new URL(${JSON.stringify(path)}, document.currentScript.src).href;
  let container;
  const load = async (scope) => {
    const module = await import(address);
    module.init(scope);
    return module;
  };
  (window._JUPYTERLAB ??= {})[${JSON.stringify(labextensionName)}] = {
    init(scope) {
      container ??= load(scope);
    },
    get: async (module) => (await container).get(module),
  };
})();
`;
}

function about(load: string): Record<string, unknown> {
  return {
    name: labextensionName,
    version: packageVersion(),
    description: "Draws Plotly figures, live and in the page's theme, and shows the points of a lesson.",
    license: "MIT",
    jupyterlab: {
      extension: true,
      mimeExtension: true,
      _build: { load, extension: "./extension", mimeExtension: "./mimeExtension" },
    },
    [ownMark]: { version: packageVersion() },
  };
}
