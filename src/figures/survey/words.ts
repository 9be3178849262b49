/** Words of titles and labels, and how wide they are. */

/** "46 %"; the space does not break. */
export const percent = (part: number, whole: number) =>
  whole === 0 ? "none" : `${String(Math.round((100 * part) / whole))}\u00A0%`;

/** "a", "a and b", "a, b and c". */
export const and = (words: readonly string[]) =>
  [words.slice(0, -1).join(", "), words.at(-1)].filter((word) => word).join(" and ");

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `2025-05` → "May 2025". */
export function monthName(month: string): string {
  const name = new Date(`${month}-01T00:00:00Z`).toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `${name} ${month.slice(0, 4)}`;
}

/** Values that come most often and how often; all of them where several do. */
export function commonest<Value>(values: readonly Value[]): { values: Value[]; count: number } {
  const tally = new Map<Value, number>();
  for (const value of values) tally.set(value, (tally.get(value) ?? 0) + 1);
  const count = [...tally.values()].reduce((most, one) => Math.max(most, one), 0);
  return { values: [...tally].filter(([, one]) => one === count).map(([value]) => value), count };
}

/**
 * Advance widths of the characters from space to tilde in hundredths of an em: those of DejaVu Sans, the widest of
 * the usual interface fonts. What fits in it fits in others.
 */
const regular = widths(
  "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 53 " +
    "100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79 60 79 69 63 61 73 68 99 69 61 69 39 34 39 84 50 " +
    "50 61 63 55 63 62 35 63 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 64 84",
);
const heavy = widths(
  "35 46 52 84 70 100 87 31 46 46 52 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 58 " +
    "100 77 76 73 83 68 68 82 84 37 37 77 64 100 84 85 73 85 77 72 68 81 77 110 77 72 73 46 37 46 84 50 " +
    "50 67 72 59 72 68 44 72 71 34 34 67 34 104 71 69 72 72 49 60 48 71 65 92 65 65 58 71 37 71 84",
);

function widths(hundredths: string): ReadonlyMap<string, number> {
  return new Map(
    hundredths.split(" ").map((width, i) => [String.fromCharCode(32 + i), Number(width) / 100] as const),
  );
}

/** Of other characters. */
const other = 0.7;

/** Pixels a line of plain text needs at most, in any interface font. */
export function textWidth(text: string, size: number, bold = false): number {
  const font = bold ? heavy : regular;
  return Math.ceil([...text].reduce((sum, letter) => sum + (font.get(letter) ?? other), 0) * size);
}

/** Lines no wider than that many pixels, broken at spaces and, where that is not enough, after hyphens. */
export function linesWithin(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").flatMap((whole) => parts(whole, width, size, bold))) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last}${last.endsWith("-") ? "" : " "}${word}`;
    if (last !== undefined && textWidth(joined, size, bold) <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

const parts = (word: string, width: number, size: number, bold: boolean) =>
  textWidth(word, size, bold) <= width ? [word] : word.split(/(?<=-)/);
