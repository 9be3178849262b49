/** An environment's specification page: the docstring of its class, read from its file. */
import { readFileSync } from "node:fs";

export interface PageSection {
  /** "What it teaches", "Observation", "Action" … */
  name: string;
  text: string;
}

/** The page of a registered environment; `undefined` where its file carries no comments (a bundled program). */
export function environmentPage(id: string): PageSection[] | undefined {
  for (const extension of ["js", "ts"]) {
    try {
      const file = new URL(`../../../src/environments/${id}.${extension}`, import.meta.url);
      return sectionsOf(readFileSync(file, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return undefined;
}

/**
 * The docstring of the class a source exports, in its sections. Each begins `**Name.**` or `**Name**:`, perhaps as
 * an item of a list; what stands before the first is called "What it is".
 */
function sectionsOf(source: string): PageSection[] | undefined {
  const docstring = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export class /.exec(source)?.[1];
  if (docstring === undefined) return undefined;
  const lines = docstring.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const text = lines.join("\n").trim();
  return text
    .replace(/^# .*\n+/, "") // The title is the id.
    .replaceAll(/\{@link ([^}]+)\}/g, "$1")
    .split(/^(?=(?:- )?\*\*[^*]+\*\*)|(?<=[.!] )(?=\*\*[A-Z][^*]*\*\*:)/m)
    .map(sectionOf);
}

function sectionOf(part: string): PageSection {
  const named = /^(?:- )?\*\*([^*]+?)\.?\*\*[:,]?\s+([^]*)$/.exec(part);
  const [, name = "What it is", body = part] = named ?? [];
  // A list's further lines are indented.
  const text = body.replaceAll(/^ {2}/gm, "").trim();
  return { name, text: text.charAt(0).toUpperCase() + text.slice(1) };
}
