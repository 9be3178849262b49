/** Where labels go: side by side in rows that break, or as near to their time as their neighbours allow. */

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Placed<Item> {
  readonly item: Item;
  /** The box's left edge and the middle of its height. */
  readonly x: number;
  readonly y: number;
}

/** Boxes one after another from `left` on, in rows no wider than `width`. `y` counts from the top of the first row. */
export function flow<Item extends Box>(
  items: readonly Item[],
  { left, width, gap = 6 }: { left: number; width: number; gap?: number },
): { placed: Placed<Item>[]; height: number } {
  const placed: Placed<Item>[] = [];
  let [x, top, row] = [left, 0, 0];
  for (const item of items) {
    if (x > left && x + item.width > left + width) [x, top, row] = [left, top + row + gap, 0];
    placed.push({ item, x, y: top + item.height / 2 });
    x += item.width + gap;
    row = Math.max(row, item.height);
  }
  return { placed, height: top + row };
}

/** A stretch of a row that a label would take up, and where in it the label's left edge lies. */
export interface Place {
  readonly from: number;
  readonly to: number;
  readonly x: number;
}

export interface InRow<Item> {
  readonly item: Item;
  /** Which row, from 0. */
  readonly row: number;
  /** The label's left edge. */
  readonly x: number;
}

/**
 * Every label at the first of its places that is free, in the first row that has one.
 *
 * @param placesOf where a label may go, the best place first; each within the sheet
 */
export function packRows<Item>(
  items: readonly Item[],
  placesOf: (item: Item) => readonly Place[],
): InRow<Item>[] {
  const taken: Place[][] = [];
  return items.map((item) => {
    const places = placesOf(item);
    if (places.length === 0) throw new RangeError("packRows(): an item has no place");
    for (let row = 0; ; row++) {
      const others = (taken[row] ??= []);
      const free = places.find(({ from, to }) =>
        others.every((other) => to <= other.from || from >= other.to),
      );
      if (free === undefined) continue;
      others.push(free);
      return { item, row, x: free.x };
    }
  });
}
