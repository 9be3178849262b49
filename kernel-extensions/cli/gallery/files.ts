/** The gallery's files: the page, what is behind it, and a list of both for programs. */
import type { Still } from "../../stills/index.js";
import { manifestName, pageName } from "./folder.js";
import type { Item } from "./items.js";
import { galleryPage, generator, type GalleryItem } from "./page.js";

/** Path inside the gallery → content. */
export async function galleryFiles(
  items: readonly Item[],
  pictures: ReadonlyMap<string, Still> | undefined,
): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  const shown = items.map((item): GalleryItem => {
    const still = pictures?.get(item.id);
    const paths = {
      csv: `csv/${item.id}.csv`,
      ...(still?.png && { png: `png/${item.id}.png` }),
      ...(still?.svg !== undefined && { svg: `svg/${item.id}.svg` }),
    };
    files.set(paths.csv, item.csv);
    if (still?.png) files.set(`png/${item.id}.png`, still.png);
    if (still?.svg !== undefined) files.set(`svg/${item.id}.svg`, still.svg);
    return { ...item, files: paths };
  });
  files.set(pageName, await galleryPage(shown));
  const manifest = {
    generator,
    figures: shown.map(({ id, kind, label, name, title, alt, rows, files: paths }) => ({
      ...{ id, kind, label, name, title, alt, rows, files: paths },
    })),
    files: [...files.keys()],
  };
  files.set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  return files;
}
