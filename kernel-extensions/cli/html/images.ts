/** Pictures that Markdown refers to, as data addresses inside the page. */
import { readFileSync, realpathSync } from "node:fs";
import { extname, relative, resolve, sep } from "node:path";
import { joinLines, type Cell } from "../../client/notebook.js";

export interface ImageSources {
  /** The notebook's folder: relative addresses start there. */
  folder: string;
  /** No file outside of this folder is read, nor a hidden one in it; a real path. Default: any that is named. */
  root?: string | undefined;
  /** The cell's own pictures, under `attachment:NAME`. */
  attachments?: Cell["attachments"];
}

const types: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};

/** The picture as a `data:` address; `undefined` when it is not in the notebook or beside it. */
export function inlineImage(
  address: string,
  { folder, root, attachments }: ImageSources,
): string | undefined {
  if (/^data:image\//i.test(address)) return address;
  if (address.startsWith("attachment:")) {
    const bundle = attachments?.[decode(address.slice("attachment:".length))] ?? {};
    const entry = Object.entries(bundle).find(([type]) => type.startsWith("image/"));
    return entry && imageData(entry[0], joinLines(entry[1]));
  }
  const type = types[extname(address).toLowerCase()];
  if (type === undefined || /^([a-z][a-z0-9+.-]+:|\/\/)/i.test(address)) return undefined;
  try {
    const file = realpathSync(resolve(folder, decode(address)));
    if (root !== undefined && !isSeenIn(root, file)) return undefined;
    return `data:${type};base64,${readFileSync(file).toString("base64")}`;
  } catch {
    return undefined;
  }
}

function isSeenIn(root: string, file: string): boolean {
  const path = relative(root, file);
  // What lies outside begins with two dots; on another drive of Windows the path stays a whole one.
  return (
    resolve(root, path) === file &&
    !path.split(sep).some((name) => name.startsWith(".") || name.includes(":"))
  );
}

/** The content of an output as a `data:` address; notebooks hold SVG as text, and the rest as base64. */
export function imageData(type: string, content: string): string {
  const base64 =
    type === "image/svg+xml" && content.includes("<")
      ? Buffer.from(content).toString("base64")
      : content.replace(/\s/g, "");
  return `data:${type};base64,${base64}`;
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
