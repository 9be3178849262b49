/** Which items `--only` names. */
import { nearest } from "../../../src/nearest.js";
import { UsageError } from "../command.js";
import { itemNames, kinds, type ItemName } from "./items.js";

/** What a word may be: an id, a figure's number, `table-3` or `table3`, or all of a kind. */
function named(word: string): readonly ItemName[] {
  const id = word.replace(/^table(\d)/, "table-$1");
  return itemNames.filter(
    (item) =>
      item.id === id || item.kind === word || (item.kind === "figures" && item.label === `Figure ${word}`),
  );
}

/** The items in their own order, each once. @throws UsageError for a word that names none. */
export function selected(only: string | undefined): readonly ItemName[] {
  if (only === undefined) return itemNames;
  const words = only.split(",").map((word) => word.trim().toLowerCase());
  const chosen = new Set<ItemName>();
  for (const word of words) {
    const items = named(word);
    if (items.length === 0) throw new UsageError(unknown(word));
    for (const item of items) chosen.add(item);
  }
  return itemNames.filter((item) => chosen.has(item));
}

function unknown(word: string): string {
  if (word === "") return "--only needs names, joined by commas: 1,4,growth";
  const names = itemNames.flatMap(({ id, kind, label }) =>
    kind === "figures" ? [label.slice(7), id] : [id],
  );
  const near = nearest(word, [...names, ...kinds]);
  const all = itemNames.map(({ id, kind, label }) => (kind === "figures" ? label.slice(7) : id));
  return `--only knows no ${word}${near === undefined ? "." : `; did you mean ${near}?`} It takes ${all.join(", ")}, and ${kinds.join(", ")}`;
}
