/** The closest of `words` to one that was mistyped, if it is close enough to have been meant. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  const at = words.map((word) => distance(given.toLowerCase(), word.toLowerCase()));
  const least = Math.min(...at);
  return least <= Math.max(2, Math.floor(given.length / 3)) && least < given.length
    ? words[at.indexOf(least)]
    : undefined;
}

/** Letters to insert, drop, replace or swap with a neighbour to turn `a` into `b`. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replaced, row[j - 1]! + 1, rows[i - 1]![j]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
