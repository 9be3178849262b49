// @ts-check
// The licences of everything that is in a build, with their texts.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError } from "../../bootstrap/shared.mjs";

const heading = `JupyterLab's front end in this folder was assembled from the packages below, by their licences.
`;
const line = "-".repeat(100);

/**
 * @param {string[]} folders the packages' folders, in any order, also several times
 * @returns {string} each text once, below the packages that it is the licence of
 * @throws {BootstrapError} when a package says no licence, or one whose text is nowhere
 */
export function licences(folders) {
  /** @type {Map<string, Set<string>>} */
  const packages = new Map();
  for (const folder of new Set(folders)) {
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = textsIn(folder) ?? usualText(about);
    const names = packages.get(text) ?? new Set();
    packages.set(text, names.add(`${about.name} ${about.version} (${about.license ?? "licence below"})`));
  }
  const sections = [...packages].map(([text, names]) => `${[...names].sort().join("\n")}\n\n${text}\n`);
  return [heading, ...sections.sort()].join(`\n${line}\n`);
}

/** @param {string} folder */
function textsIn(folder) {
  const files = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .filter((name) => !/\.[cm]?js$/.test(name))
    .sort();
  if (files.length === 0) return undefined;
  return files.map((file) => tidy(readFileSync(join(folder, file), "utf8"))).join("\n\n");
}

/** @param {{ name: string, license?: string, author?: string | { name?: string } }} about */
function usualText({ name, license, author }) {
  const whose =
    (typeof author === "object" ? author.name : author)?.replace(/\s*[<(].*$/, "") ??
    `the authors of ${name}`;
  const terms = license === "BSD-3-Clause" ? bsd3 : license === "MIT" ? mit : undefined;
  if (terms === undefined) {
    throw new BootstrapError(
      `${name} has no licence text (${license ?? "it names no licence"}): leave it out of the build.`,
    );
  }
  return `Copyright (c) ${whose}\n\n${terms}`;
}

/** @param {string} text */
function tidy(text) {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .trim();
}

// Texts of packages that name their licence without bringing it along: https://spdx.org/licenses/
const bsd3 = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products
   derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
