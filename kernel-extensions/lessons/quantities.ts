/** Numbers in texts, and when one shows another. */
import { veil } from "./prose.js";

export interface Quantity {
  /** As it is written. */
  text: string;
  /** A percentage as a fraction. */
  value: number;
  /** Of the fraction. */
  decimals: number;
  /** Written with a point or a per cent sign. */
  isMeasure: boolean;
}

const number = /\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+/.source;
/** Not within a word (`7B`, `pass@8`, `GPT-4`) or a version (`4.6.4`). */
const quantity = new RegExp(
  `(?<![\\p{L}\\p{N}_@#.])(?<!\\p{L}-)(?:${number})(?![\\p{L}\\p{N}_]|[.,]\\d)(\\s?%)?`,
  "gu",
);
const list = (one: string) => `${one}(?:(?:\\s*(?:,|and|or|to|–)\\s*)+${one})*`;
/** Numbers that name something: a place in the survey or the course, or the kind of an interval. */
const names = [
  new RegExp(
    `(?:\\b(?:lesson|section|exercise|table|figure|equation|chapter|module|appendix|step|arXiv)s?\\s+|\\bsurvey,\\s+|§\\s*)${list("\\d+(?:\\.\\d+)*")}`,
    "gi",
  ),
  new RegExp(`\\(${list("[2-7]\\.\\d")}\\)`, "g"),
  /\b\d+\s?%\s(?:confidence\s)?intervals?\b|\bintervals? of \d+\s?%/gi,
];

/** The numbers of a sentence that could be measured, each once. */
export function claimedIn(words: string): Quantity[] {
  const bare = names.reduce(
    (text, name) => text.replaceAll(name, (found) => veil.repeat(found.length)),
    words,
  );
  const found = quantitiesIn(bare.replaceAll(/\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b/g, veil));
  return found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index);
}

/** All numbers of a text. */
export function quantitiesIn(text: string): Quantity[] {
  return [...text.matchAll(quantity)].map(([written, percent]) => {
    const digits = written.replaceAll(/[,\s%]/g, "");
    const decimals = digits.split(".")[1]?.length ?? 0;
    if (percent === undefined)
      return { text: written, value: Number(digits), decimals, isMeasure: decimals > 0 };
    return { text: written, value: Number(digits) / 100, decimals: decimals + 2, isMeasure: true };
  });
}

/** The numbers of a program, as it writes them. */
export function literalsIn(code: string): Quantity[] {
  const literal = /(?<![\w.])(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w])/gi;
  return [...code.matchAll(literal)].map(([written]) => plain(Number(written.replaceAll("_", "")), written));
}

export function plain(value: number, text = String(value)): Quantity {
  return { text, value, decimals: 0, isMeasure: !Number.isInteger(value) };
}

/**
 * Whether `seen` is what is claimed when it is rounded as the claim is, its sign left aside. A whole number below ten is
 * a count, which nothing is rounded to.
 */
export function rounds(seen: Quantity, claimed: Quantity): boolean {
  if (!claimed.isMeasure && claimed.value < 10) return equals(seen, claimed);
  const half = 0.5 * 10 ** -claimed.decimals + 1e-9;
  const near = (value: number) => Math.abs(Math.abs(value) - claimed.value) <= half;
  // A column may say "%" in its heading instead of beside each number.
  const isPerCent = claimed.text.includes("%") && Math.abs(seen.value) >= 1;
  return near(seen.value) || (isPerCent && near(seen.value / 100));
}

/** Whether `seen` is what is claimed, to the last digit. */
export function equals(seen: Quantity, claimed: Quantity): boolean {
  return Math.abs(Math.abs(seen.value) - claimed.value) < 1e-9;
}
