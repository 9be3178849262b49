/** `name?` and `?name`, IPython's way of asking for documentation (Jupyter messaging, "Payloads"). */
import type { Language } from "../language/language.js";
import type { Outcome } from "../execution/execution.js";

const name = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\s*\.\s*#?[\p{ID_Start}$_][\p{ID_Continue}$]*)*`;
const before = new RegExp(String.raw`^\s*\?{1,2}\s*(${name})\s*;?\s*$`, "u");
const after = new RegExp(String.raw`^\s*(${name})\s*\?{1,2}\s*;?\s*$`, "u");

/** The name a cell asks about, `undefined` for ordinary code. */
export function askedName(code: string): string | undefined {
  return (before.exec(code) ?? after.exec(code))?.[1];
}

export interface PagerPayload {
  source: "page";
  data: Record<string, string>;
  start: number;
}

export function explain(name: string, language: Language): { payload: PagerPayload } | { outcome: Outcome } {
  const inspection = language.inspect(name, name.length);
  if (!inspection) {
    const evalue = `nothing is known about "${name}"`;
    return {
      outcome: { status: "error", error: { ename: "NotFound", evalue, traceback: [`NotFound: ${evalue}`] } },
    };
  }
  return {
    payload: {
      source: "page",
      data: { "text/plain": inspection.plain, "text/markdown": inspection.markdown },
      start: 0,
    },
  };
}
