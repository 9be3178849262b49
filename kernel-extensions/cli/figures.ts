import { join } from "node:path";
import { noPositionals, parse, UsageError, type Command } from "./command.js";
import { requireGalleryFolder } from "./gallery/folder.js";
import type { Item, ItemName } from "./gallery/items.js";
import { interruptedExitCode, interruptible } from "./learning/interrupt.js";
import { StageLine } from "./learning/stage-line.js";
import { textTable } from "./learning/table.js";

const help = `Usage: arl figures [options]

Redraws the survey's Figures 1–6 and Tables 1–10 from its data, and figures that go beyond it: one page to look
at, search and filter without a network, and of each figure a PNG, an SVG and the CSV behind it.

  --out DIR    where to write: a new or empty folder, or an earlier gallery (default: out/figures)
  --only LIST  only these, joined by commas: 1,4,growth,table-3; figures, beyond and tables stand for all of a kind
  --no-stills  no PNG and SVG files

The pictures are made by a Chromium, Chrome or Edge that is installed, or the one that ARL_BROWSER names; where
there is none, the page and the CSV files are written without them. Ends with a table of what was drawn, from
how many rows, and which rows were left out and why.
`;

export const figures: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      out: { type: "string", default: join("out", "figures") },
      only: { type: "string" },
      "no-stills": { type: "boolean", default: false },
    });
    noPositionals(positionals);
    if (values.out === "") throw new UsageError("--out needs the path of a folder");
    const { selected } = await import("./gallery/only.js");
    const names = selected(values.only);
    requireGalleryFolder(values.out);
    return await interruptible(async (signal) => {
      const line = new StageLine();
      try {
        return await makeGallery(names, { out: values.out, stills: !values["no-stills"], signal, line });
      } catch (error) {
        line.end();
        if (signal.aborted) return interruptedExitCode;
        throw error;
      }
    });
  },
};

interface GalleryOptions {
  out: string;
  stills: boolean;
  signal: AbortSignal;
  line: StageLine;
}

/** Draws first and writes at the end: what is interrupted leaves nothing. @returns the exit code */
async function makeGallery(
  names: readonly ItemName[],
  { out, stills: wanted, signal, line }: GalleryOptions,
): Promise<number> {
  const { makeItem } = await import("./gallery/items.js");
  const items: Item[] = [];
  for (const [index, name] of names.entries()) {
    line.show("drawing", index / names.length, name.name);
    items.push(await makeItem(name));
    signal.throwIfAborted();
  }
  const { itemStills } = await import("./gallery/stills.js");
  const { pictures, problem, failed } = wanted
    ? await itemStills(items, signal, (done, all) => {
        line.show("pictures", done / all, `${done} of ${all}`);
      })
    : { pictures: undefined, problem: undefined, failed: false };
  line.end();
  const { galleryFiles } = await import("./gallery/files.js");
  const { writeGallery, pageName } = await import("./gallery/folder.js");
  writeGallery(out, await galleryFiles(items, pictures));
  process.stdout.write(`${accounts(items)}\n${join(out, pageName)}\n`);
  if (problem !== undefined) line.tell(`arl figures: no PNG and SVG files: ${problem}`);
  return failed ? 1 : 0;
}

/** What was drawn, from how many rows of what, and what was left out and why. */
function accounts(items: readonly Item[]): string {
  return textTable([
    ["FIGURE", "ROWS OF", "ALL", "USED", "LEFT", "WHY"],
    ...items.flatMap((item) =>
      item.rows.map(({ frame, rows, used, left }, index) => [
        index > 0 ? "" : item.kind === "beyond" ? item.id : item.label,
        ...[frame, String(rows), String(used), String(rows - used)],
        left.map(({ reason, count }) => `${count} ${reason}`).join("; "),
      ]),
    ),
  ]);
}
