// @ts-check
// What a build of the front end was made from, as one hash: content, not times.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Relative to kernel-extensions: our own sources that end up in the bundle, or make it. */
const folders = ["lab/frontend", "lab/lesson-progress", "lab/plotly-renderer/browser"];
const files = ["plots/theme.ts", "plots/title.ts", "cli/kernelspec/logo-svg.svg"];

/**
 * Changes whenever a build could give something else.
 * @param {string} root
 */
export function stampOf(root) {
  const base = join(root, "kernel-extensions");
  const hash = createHash("sha256");
  for (const name of [...folders.flatMap((folder) => list(base, folder)), ...files].sort()) {
    const content = readFileSync(join(base, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  // Plotly comes from the root's packages.
  const plotly = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).dependencies[
    "plotly.js-dist-min"
  ];
  return `${hash.update(plotly).digest("hex")}\n`;
}

/**
 * @param {string} base
 * @param {string} folder
 */
function list(base, folder) {
  return readdirSync(join(base, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${folder}/${entry.name}`);
}
