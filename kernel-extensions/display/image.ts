/** Pictures: found by their first bytes, never by a file's name. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { MimeBundle } from "../kernel/bridge.js";
import { displaySymbol, inspectAs, type SyncDisplayable } from "./displayable.js";
import { escapeHtml } from "./text.js";

/** Bytes of a picture, a path or `file:` URL to one, a `data:` URI, or the text of an SVG. */
export type ImageSource = Uint8Array | ArrayBuffer | string | URL;

export interface ImageOptions {
  /** What the picture shows, for those who cannot see it. */
  alt?: string;
  /** Width on the page, in CSS pixels. */
  width?: number;
  /** Height on the page, in CSS pixels. */
  height?: number;
}

export type ImageType = "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/svg+xml";

/** A picture in memory. */
export interface LoadedImage {
  type: ImageType;
  bytes: Uint8Array;
}

/**
 * A picture (PNG, JPEG, GIF, WebP or SVG), read when this is called. With `alt`, `width` or `height` the
 * bundle holds the picture twice: as an `<img>` that carries them and by its own type.
 *
 * @throws TypeError when the source is no picture of these types, or an address on the network.
 * @throws Error naming the file when it is not there or cannot be read.
 */
export function image(source: ImageSource, options: ImageOptions = {}): SyncDisplayable {
  const picture = loadImage(source);
  const { alt, width, height } = options;
  for (const [name, size] of Object.entries({ width, height })) {
    if (size !== undefined && !(Number.isFinite(size) && size > 0)) {
      throw new RangeError(`image(): ${name} must be a positive number of pixels, got ${size}`);
    }
  }
  const text = alt ?? summary(picture);
  const shown: SyncDisplayable = {
    [displaySymbol](): MimeBundle {
      const bundle: MimeBundle = { ...imageEntry(picture), "text/plain": text };
      if (alt !== undefined || width !== undefined || height !== undefined) {
        const size = (width ? ` width="${width}"` : "") + (height ? ` height="${height}"` : "");
        bundle["text/html"] =
          `<img src="data:${picture.type};base64,${base64(picture.bytes)}" alt="${escapeHtml(alt ?? "")}"${size}>`;
      }
      return bundle;
    },
  };
  return inspectAs(shown, () => text);
}

/** The picture under its own type, as a bundle holds it: SVG as text, the rest in base64. */
export function imageEntry({ type, bytes }: LoadedImage): MimeBundle {
  return { [type]: type === "image/svg+xml" ? new TextDecoder().decode(bytes) : base64(bytes) };
}

/** Reads a picture and finds its type. Errors as in {@link image}. */
export function loadImage(source: ImageSource): LoadedImage {
  const bytes = bytesOf(source);
  const type = imageType(bytes);
  if (type === undefined) {
    const what = typeof source === "string" && source.length < 200 ? ` ("${source}")` : "";
    throw new TypeError(`not a PNG, JPEG, GIF, WebP or SVG picture${what}`);
  }
  return { type, bytes };
}

function bytesOf(source: ImageSource): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof URL) return bytesOf(source.href);
  if (typeof source !== "string") {
    throw new TypeError(`a picture is given as bytes, a path or a data: URI, got ${typeof source}`);
  }
  if (/^data:/i.test(source)) return dataUri(source);
  if (/^https?:/i.test(source)) {
    throw new TypeError(`pictures are not loaded from the network: download ${source} first`);
  }
  if (/^file:/i.test(source)) return readPicture(fileURLToPath(source));
  if (/^\s*</.test(source)) return new TextEncoder().encode(source);
  return readPicture(source);
}

function readPicture(path: string): Uint8Array {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file) throw new Error(`there is no picture at ${resolve(path)} (ENOENT)`);
  if (file.isDirectory()) throw new Error(`${resolve(path)} is a folder, not a picture`);
  return readFileSync(path);
}

function dataUri(uri: string): Uint8Array {
  const comma = uri.indexOf(",");
  if (comma < 0) throw new TypeError("a data: URI has a comma before its data");
  const data = uri.slice(comma + 1);
  return /;\s*base64\s*$/i.test(uri.slice(0, comma))
    ? Buffer.from(decodeURIComponent(data), "base64")
    : Buffer.from(decodeURIComponent(data), "utf8");
}

/** The type of a picture by its first bytes; `undefined` when they are none of those known here. */
export function imageType(bytes: Uint8Array): ImageType | undefined {
  const latin1 = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (latin1(0, 8) === "\x89PNG\r\n\x1a\n") return "image/png";
  if (latin1(0, 3) === "\xff\xd8\xff") return "image/jpeg";
  if (/^GIF8[79]a$/.test(latin1(0, 6))) return "image/gif";
  if (latin1(0, 4) === "RIFF" && latin1(8, 12) === "WEBP") return "image/webp";
  return isSvg(new TextDecoder().decode(bytes.subarray(0, 4096))) ? "image/svg+xml" : undefined;
}

/** An SVG may begin with an XML declaration, comments and a document type. */
function isSvg(start: string): boolean {
  let rest = start;
  for (;;) {
    rest = rest.trimStart();
    if (/^<svg[\s>/]/i.test(rest)) return true;
    const close = rest.startsWith("<?")
      ? "?>"
      : rest.startsWith("<!--")
        ? "-->"
        : /^<!doctype/i.test(rest)
          ? ">"
          : "";
    const end = close === "" ? -1 : rest.indexOf(close);
    if (end < 0) return false;
    rest = rest.slice(end + close.length);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function summary({ type, bytes }: LoadedImage): string {
  const kilobytes = (bytes.length / 1000).toFixed(1);
  return `[${type}, ${kilobytes} kB]`;
}
