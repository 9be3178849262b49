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
 * The docstring of the class a source exports, in its sections. Each begins `**Name.**` or, as an item of a list,
 * `- **Name**:`; what stands before the first is called "What it is".
 */
function sectionsOf(source: string): PageSection[] | undefined {
  const docstring = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export class /.exec(source)?.[1];
  if (docstring === undefined) return undefined;
  return (
    docstring
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
      .join("\n")
      .trim()
      // The title is the id.
      .replace(/^# .*\n+/, "")
      .replaceAll(/\{@link ([^}]+)\}/g, "$1")
      .split(/^(?=(?:- )?\*\*[^*]+\*\*)/m)
      .map((part) => {
        const [, name = "What it is", text = part] =
          /^(?:- )?\*\*([^*]+?)\.?\*\*:?\s+([^]*)$/.exec(part) ?? [];
        // A list's further lines are indented.
        const plain = text.replaceAll(/^ {2}/gm, "").trim();
        return { name, text: plain.charAt(0).toUpperCase() + plain.slice(1) };
      })
  );
}
