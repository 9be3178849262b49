/** What the contents API says of a file or folder. Source: Jupyter Server's REST API, "Contents". */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { mimeTypeOf } from "./mime.js";
import type { Entry } from "./paths.js";

export type ContentType = "directory" | "file" | "notebook";
export type ContentFormat = "json" | "text" | "base64";

export interface Model {
  name: string;
  path: string;
  type: ContentType;
  writable: boolean;
  /** ISO 8601. */
  created: string;
  /** ISO 8601. With `hash`, JupyterLab sees by it that somebody else has written the file. */
  last_modified: string;
  /** Bytes; `null` for folders. */
  size: number | null;
  mimetype: string | null;
  /** `null` when it was not asked for. */
  content: unknown;
  format: ContentFormat | null;
  hash: string | null;
  hash_algorithm: "sha256" | null;
}

export async function modelOf({ path, file, stats }: Entry, type?: ContentType): Promise<Model> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const actual = stats.isDirectory()
    ? "directory"
    : (type ?? (name.endsWith(".ipynb") ? "notebook" : "file"));
  return {
    name,
    path,
    type: actual,
    writable: await isWritable(file),
    created: (stats.birthtimeMs > 0 ? stats.birthtime : stats.ctime).toISOString(),
    last_modified: stats.mtime.toISOString(),
    size: stats.isDirectory() ? null : stats.size,
    mimetype: actual === "file" ? mimeTypeOf(name) : null,
    content: null,
    format: null,
    hash: null,
    hash_algorithm: null,
  };
}

/** SHA-256 of a file's bytes, in hexadecimal digits. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function isWritable(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}
