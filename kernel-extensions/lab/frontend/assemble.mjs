// @ts-check
// Puts a front end together from the installed packages: code, settings' schemas, themes, licences.
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { URL, fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { bundle } from "./bundle.mjs";
import { licences } from "./licences.mjs";

/** @typedef {{ name: string, folder: string, about: Record<string, any> }} Package */

const here = fileURLToPath(new URL(".", import.meta.url));

/** @param {{ root: string, out: string }} options `out`: an empty folder */
export async function assemble({ root, out }) {
  const { jupyterlab } = readJson(join(here, "package.json"));
  const extensions = jupyterlab.extensions.map(installed);
  const mimeExtensions = jupyterlab.mimeExtensions.map(installed);
  /** @type {Package[]} */
  const packages = [...extensions, ...mimeExtensions];

  // Among the packages, where its imports are found as any other's.
  const list = join(here, "node_modules", ".extensions.js");
  writeFileSync(list, extensionsModule(extensions, mimeExtensions));
  const { scripts, styles, folders } = await bundle({ root, list, out: join(out, "static") });
  const icon = readFileSync(join(root, "kernel-extensions", "cli", "kernelspec", "logo-svg.svg"));
  writeFileSync(join(out, "static", "index.html"), page(scripts, styles, icon));

  writeOutlines(root, join(out, "static", "topojson"));
  for (const { name, folder, about } of packages) {
    const { schemaDir, themePath } = about.jupyterlab;
    if (schemaDir) {
      cpSync(join(folder, schemaDir), join(out, "schemas", name), { recursive: true });
      // Where the server finds the version of a schema.
      copyFileSync(join(folder, "package.json"), join(out, "schemas", name, "package.json.orig"));
    }
    if (themePath) copyTheme(join(folder, themePath), join(out, "themes", name));
  }
  copyFileSync(join(here, "overrides.json"), join(out, "overrides.json"));
  writeFileSync(join(out, "LICENCES.txt"), licences([...folders, ...packages.map(({ folder }) => folder)]));
  const manifest = {
    jupyterlab: installed("@jupyterlab/application").about.version,
    extensions: packages.map(({ name, about }) => ({ name, version: about.version })),
  };
  writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * @param {string} name
 * @returns {Package}
 */
function installed(name) {
  const folder = join(here, "node_modules", name);
  return { name, folder, about: readJson(join(folder, "package.json")) };
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * A module of all extensions, with their styles.
 * @param {Package[]} extensions
 * @param {Package[]} mimeExtensions
 */
function extensionsModule(extensions, mimeExtensions) {
  const styles = [...extensions, ...mimeExtensions]
    .filter(({ about }) => about.styleModule)
    .map(({ name, about }) => `import ${JSON.stringify(`${name}/${about.styleModule}`)};`);
  /** @param {Package[]} packages @param {string} as */
  const imports = (packages, as) =>
    packages.map(({ name }, i) => `import ${as}${i} from ${JSON.stringify(name)};`);
  /** @param {Package[]} packages @param {string} as */
  const exported = (packages, as) =>
    `export const ${as}s = [${packages.map((_, i) => as + i).join(", ")}].flat();`;
  return [
    ...styles,
    ...imports(extensions, "extension"),
    ...imports(mimeExtensions, "mimeExtension"),
    exported(extensions, "extension"),
    exported(mimeExtensions, "mimeExtension"),
    "",
  ].join("\n");
}

/**
 * The page; the server puts its configuration in the place of `__PAGE_CONFIG__`.
 * @param {string[]} scripts
 * @param {string[]} styles
 * @param {Buffer} icon SVG
 */
function page(scripts, styles, icon) {
  const tags = [
    `<link rel="icon" href="data:image/svg+xml;base64,${icon.toString("base64")}">`,
    ...styles.map((file) => `<link rel="stylesheet" href="/static/lab/${file}">`),
    ...scripts.map((file) => `<script defer src="/static/lab/${file}"></script>`),
  ];
  return readFileSync(join(here, "index.html"), "utf8").replace("<!-- built -->", tags.join("\n    "));
}

/**
 * The outlines of countries on Plotly's maps, one file for each map. Plotly's package has them in a script, which
 * leaves things behind in its window; what reads it for pages, plots/outlines.ts, may not be compiled yet.
 * @param {string} root
 * @param {string} out
 */
function writeOutlines(root, out) {
  const script = readFileSync(
    join(root, "node_modules", "plotly.js", "dist", "plotly-geo-assets.js"),
    "utf8",
  );
  const module = { exports: { topojson: {} } };
  runInNewContext(script, { module, window: {} });
  mkdirSync(out);
  for (const [name, topology] of Object.entries(module.exports.topojson))
    writeFileSync(join(out, `${name}.json`), JSON.stringify(topology));
}

/**
 * A theme is plain CSS; Jupyter's clients ask for it as `index.css`.
 * @param {string} file
 * @param {string} out
 */
function copyTheme(file, out) {
  cpSync(dirname(file), out, { recursive: true });
  renameSync(join(out, basename(file)), join(out, "index.css"));
}
