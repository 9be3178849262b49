// @ts-check
// The compiled code in dist: is it made from the sources as they are now, and if not, compile.
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { BootstrapError, run } from "./shared.mjs";

const sourceFolders = ["src", "kernel-extensions", "bench", "datasets/exercises"];
/** JupyterLab's front end has a build of its own: see its build.mjs. */
const frontend = join("kernel-extensions", "lab", "frontend");
/** Files that compiled code reads from beside itself. */
const assets = /\.(css|svg|png|wasm)$/;
const outputs = /(\.d\.ts|\.js|\.js\.map)$/;

/** Code of the browser has other types than the rest. */
const projects = [
  { config: "tsconfig.json", record: ".tsbuildinfo" },
  { config: "kernel-extensions/lab/plotly-renderer/browser/tsconfig.json", record: ".tsbuildinfo-browser" },
];

/** @param {string} root */
const stampFile = (root) => join(root, "dist", ".stamp");

/**
 * Whether `dist` was built from exactly these sources and nobody took a part of it away.
 * @param {string} root
 */
export function isBuilt(root) {
  const sources = listSources(root);
  return (
    existsSync(stampFile(root)) &&
    readFileSync(stampFile(root), "utf8") === fingerprint(root, sources) &&
    sources.every((source) => existsSync(outputOf(root, source)))
  );
}

/** @param {string} root */
export async function build(root) {
  const sources = listSources(root);
  const stamp = fingerprint(root, sources);
  rmSync(stampFile(root), { force: true });
  removeStale(root);
  // The compiler's own record does not notice an output that was deleted.
  if (!sources.every((source) => existsSync(outputOf(root, source)))) {
    for (const { record } of projects) rmSync(join(root, "dist", record), { force: true });
  }
  for (const { config } of projects) {
    // By path, because another package also calls a program of its own `tsc`.
    const code = await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", config], {
      cwd: root,
    });
    if (code !== 0) {
      throw new BootstrapError(
        "The sources do not compile: mend what the lines above say, then run this again.",
      );
    }
  }
  for (const source of sources.filter((name) => assets.test(name))) {
    mkdirSync(dirname(outputOf(root, source)), { recursive: true });
    copyFileSync(join(root, source), outputOf(root, source));
  }
  const command = join(root, "dist", "kernel-extensions", "cli", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
  writeFileSync(stampFile(root), stamp);
}

/**
 * Sources and assets, relative to the root, sorted.
 * @param {string} root
 */
export function listSources(root) {
  return sourceFolders
    .flatMap((folder) => walk(root, folder))
    .filter((name) => (name.endsWith(".ts") && !name.endsWith(".d.ts")) || assets.test(name))
    .sort();
}

/**
 * Changes whenever a build could give something else. Content, not times: a checkout of the same
 * commit keeps its build.
 * @param {string} root
 * @param {string[]} sources
 */
export function fingerprint(root, sources) {
  const hash = createHash("sha256");
  for (const name of [...sources, ...projects.map(({ config }) => config), "package-lock.json"]) {
    const content = readFileSync(join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * Removes outputs whose source is gone: they would still be importable.
 * @param {string} root
 */
export function removeStale(root) {
  for (const folder of sourceFolders) {
    for (const name of walk(root, join("dist", folder))) {
      const source = relative("dist", name);
      const made = outputs.test(source) ? source.replace(outputs, ".ts") : source;
      if (!existsSync(join(root, made))) rmSync(join(root, name), { force: true });
    }
  }
}

/**
 * @param {string} root
 * @param {string} source
 */
function outputOf(root, source) {
  return join(root, "dist", source.replace(/\.ts$/, ".js"));
}

/**
 * Every file under a folder, relative to the root.
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function walk(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder + sep + entry.name;
    if (path === frontend) return [];
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}
