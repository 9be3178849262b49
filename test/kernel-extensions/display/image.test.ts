import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  displaySymbol,
  image,
  type ImageOptions,
  type ImageSource,
} from "../../../kernel-extensions/display/index.js";
import { imageType } from "../../../kernel-extensions/display/image.js";
import { hostile } from "./hostile.js";

const bytes = (latin1: string) => Uint8Array.from(Buffer.from(latin1, "latin1"));
const png = bytes("\x89PNG\r\n\x1a\n....");
const shown = (source: ImageSource, options?: ImageOptions) => image(source, options)[displaySymbol]();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("image", () => {
  it.each([
    ["image/png", png],
    ["image/jpeg", bytes("\xff\xd8\xff\xe0")],
    ["image/gif", bytes("GIF89a..")],
    ["image/gif", bytes("GIF87a..")],
    ["image/webp", bytes("RIFF....WEBPVP8 ")],
    ["image/svg+xml", bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["image/svg+xml", bytes('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <b> -->\n<!DOCTYPE svg>\n<svg>')],
    [undefined, bytes("<html><svg>")],
    [undefined, bytes("<!-- never closed")],
    [undefined, bytes("GIF88a")],
    [undefined, bytes("")],
  ])("knows %s by its first bytes", (type, data) => {
    expect(imageType(data)).toBe(type);
  });

  it("takes no text for a picture by chance", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(imageType(new TextEncoder().encode(`x${text}`))).toBeUndefined();
      }),
    );
  });

  it("reads bytes, paths, file and data URIs, SVG text", () => {
    const expected = {
      "image/png": Buffer.from(png).toString("base64"),
      "text/plain": "[image/png, 0.0 kB]",
    };
    const path = join(folder, "no-extension");
    writeFileSync(path, png);
    expect(shown(png)).toEqual(expected);
    expect(shown(png.buffer)).toEqual(expected);
    expect(shown(path)).toEqual(expected);
    expect(shown(pathToFileURL(path))).toEqual(expected);
    expect(shown(pathToFileURL(path).href)).toEqual(expected);
    expect(shown(`data:image/jpeg;base64,${expected["image/png"]}`)).toEqual(expected); // the bytes decide
    expect(shown("data:image/svg+xml,%3Csvg%2F%3E")["image/svg+xml"]).toBe("<svg/>");
    expect(shown(" <svg/>")["image/svg+xml"]).toBe(" <svg/>");
    // A view into a larger buffer is only that view.
    expect(shown(Buffer.concat([Buffer.alloc(8), png]).subarray(8))).toEqual(expected);
  });

  it("carries alternative text and size in HTML", () => {
    const bundle = shown(png, { alt: 'a "plot" <b>', width: 200, height: 100 });
    expect(bundle["text/plain"]).toBe('a "plot" <b>');
    expect(bundle["text/html"]).toBe(
      `<img src="data:image/png;base64,${Buffer.from(png).toString("base64")}" alt="a &quot;plot&quot; &lt;b&gt;" width="200" height="100">`,
    );
    fc.assert(
      fc.property(hostile, (alt) => {
        expect(shown(png, { alt })["text/html"]).toMatch(/^<img src="[^"<>]*" alt="[^"<>]*">$/);
      }),
    );
  });

  it("refuses the rest", () => {
    expect(() => image("https://example.org/a.png")).toThrow("download");
    const missing = join(folder, "missing.png");
    expect(() => image(missing)).toThrow(`there is no picture at ${missing} (ENOENT)`);
    expect(() => image(pathToFileURL(missing))).toThrow(`there is no picture at ${missing} (ENOENT)`);
    expect(() => image(folder)).toThrow(`${folder} is a folder, not a picture`);
    expect(() => image("data:nothing")).toThrow(TypeError);
    expect(() => image(bytes("text"))).toThrow("not a PNG, JPEG, GIF, WebP or SVG picture");
    expect(() => image(5 as never)).toThrow(TypeError);
    expect(() => image(png, { width: -1 })).toThrow(RangeError);
    expect(() => image(png, { height: '1" onload="x' as never })).toThrow(RangeError);
  });
});
