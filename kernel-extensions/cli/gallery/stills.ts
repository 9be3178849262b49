/** The pictures of the gallery's figures. */
import { makeStills, type Still } from "../../stills/index.js";
import type { Item } from "./items.js";

export interface Pictures {
  /** By the item's id; `undefined` where there are none. */
  readonly pictures: ReadonlyMap<string, Still> | undefined;
  /** Why there are none, in one line. */
  readonly problem: string | undefined;
  /** A browser was there, and did not do its work. */
  readonly failed: boolean;
}

/** A machine without a browser has no pictures; a browser that fails is told apart from that. */
export async function itemStills(
  items: readonly Item[],
  signal: AbortSignal,
  onStill: (done: number, all: number) => void,
): Promise<Pictures> {
  const drawn = items.flatMap(({ id, figure }) => (figure === undefined ? [] : [{ id, figure }]));
  try {
    const { stills, reason } = await makeStills(
      drawn.map(({ figure }) => figure),
      {
        signal,
        onStill: (done) => {
          onStill(done, drawn.length);
        },
      },
    );
    if (stills === undefined) return { pictures: undefined, problem: reason, failed: false };
    const pictures = new Map(drawn.map(({ id }, index) => [id, stills[index]!]));
    return { pictures, problem: undefined, failed: false };
  } catch (error) {
    signal.throwIfAborted();
    return { pictures: undefined, problem: (error as Error).message, failed: true };
  }
}
