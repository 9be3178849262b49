/** Stills by the browser of this machine; what goes wrong is told, and no browser stays behind. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createFigure, ink } from "../../../src/figures/figure.js";
import { findBrowser, makeStills } from "../../../kernel-extensions/stills/index.js";
import { themedLayout } from "../../../kernel-extensions/plots/theme.js";
import { chromiumPath } from "../../support/debian-packages.mjs";

const browser = chromiumPath();
if (browser === undefined) {
  if (process.env.CI === "true") throw new Error("These tests need a browser: install Chromium");
  console.warn("No Chromium here: the tests of stills are left out.");
}

const hostile = "</script><script>document.title='bad'</script><img src='http://example.invalid/x.png'>";
const bars = {
  data: [{ type: "bar", x: ["a", "b"], y: [1, 2], name: hostile }],
  layout: { title: { text: hostile } },
};
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "arl-stills-"));
  folders.push(made);
  return made;
};
// Profiles of this file's browsers, and of no other's.
const profiles = folder();
process.env.TMPDIR = profiles;
/** Command lines of processes that use one of these profiles; only Linux tells. */
const processes = () =>
  (existsSync("/proc/self/cmdline") ? readdirSync("/proc") : []).filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, "utf8").includes(`=${profiles}`);
    } catch {
      return false;
    }
  });
/** Width, height and the colour type, from the file's header. */
const header = (png: Uint8Array) => {
  const view = new DataView(png.buffer, png.byteOffset);
  return {
    signature: Buffer.from(png.subarray(1, 4)).toString(),
    width: view.getUint32(16),
    height: view.getUint32(20),
  };
};

describe("findBrowser", () => {
  it("takes what ARL_BROWSER names, a file or a program, and says when there is none", () => {
    const place = folder();
    const program = join(place, "my-browser");
    writeFileSync(program, "#!/bin/sh\n");
    chmodSync(program, 0o755);
    expect(findBrowser({ ARL_BROWSER: program }).path).toBe(program);
    expect(findBrowser({ ARL_BROWSER: "no-such-browser" })).toEqual({
      path: undefined,
      reason: expect.stringContaining("no-such-browser") as string,
    });
  });
});

describe("themedLayout", () => {
  it("puts the page's ink in the place of the library's, and leaves other figures' colours", () => {
    const figure = createFigure({ title: "t", alt: "a", data: [], layout: {} });
    expect(JSON.stringify(themedLayout(figure, "dark"))).not.toContain(ink);
    const own = { data: [], layout: { font: { color: "red" } } };
    expect(themedLayout(own, "dark")).toEqual(own.layout);
    expect(themedLayout({ data: [] }, "dark")).toHaveProperty("template");
  });
});

describe.runIf(browser)("makeStills", () => {
  afterEach(() => {
    expect(readdirSync(profiles).filter((name) => name.startsWith("arl-browser-"))).toEqual([]);
    expect(processes()).toEqual([]);
  });
  const options = { browser: browser! };

  it("gives PNG and SVG of every figure, in order and in the size asked for", async () => {
    const sized = { data: [{ type: "heatmap", z: [[1, 2]] }], layout: { width: 300, height: 200 } };
    const done: number[] = [];
    const { stills } = await makeStills([bars, sized], {
      ...options,
      ...{ width: 400, height: 320, scale: 1.5, onStill: (count) => done.push(count) },
    });
    expect(done).toEqual([1, 2]);
    expect(stills!.map(({ width, height }) => [width, height])).toEqual([
      [400, 320],
      [300, 200],
    ]);
    expect(header(stills![0]!.png!)).toEqual({ signature: "PNG", width: 600, height: 480 });
    expect(header(stills![1]!.png!)).toEqual({ signature: "PNG", width: 450, height: 300 });
    expect(stills![0]!.svg).toMatch(/^<svg[^>]* width="400" height="320"/);
    // Names from data are text; nothing in the file runs or loads.
    expect(stills![0]!.svg).not.toMatch(/<script|<image|<img|href="http/);
  });

  it("paints the theme's page, or none", async () => {
    const only = { ...options, formats: ["svg"] as const };
    const [dark, clear] = [
      await makeStills([bars], { ...only, theme: "dark" }),
      await makeStills([bars], { ...only, background: "none" }),
    ];
    expect(dark.stills![0]!.svg).toContain("rgb(21, 24, 28)");
    expect(dark.stills![0]!.png).toBeUndefined();
    expect(clear.stills![0]!.svg).not.toContain("rgb(255, 255, 255)");
  });

  it("names the figure that cannot be drawn", async () => {
    const broken = {
      data: [{ type: "bar", x: [1], y: [1] }],
      layout: { title: { text: "Broken" }, width: -5 },
    };
    await expect(makeStills([bars, broken], options)).rejects.toThrow(
      /^figure 2 \("Broken"\) could not be drawn: /,
    );
  });

  it("ends at once when it is aborted, with the signal's reason", async () => {
    const controller = new AbortController();
    const work = makeStills([bars, bars, bars], {
      ...options,
      signal: controller.signal,
      onStill: () => {
        controller.abort(new Error("stopped"));
      },
    });
    await expect(work).rejects.toThrow("stopped");
    await expect(makeStills([bars], { ...options, signal: controller.signal })).rejects.toThrow("stopped");
  });

  it("says when the browser takes too long, does not start, or is none", async () => {
    const heavy = {
      data: [{ type: "scatter", y: Array.from({ length: 200_000 }, (_, i) => i % 97) }],
      layout: {},
    };
    await expect(makeStills([heavy], { ...options, timeoutMs: 60 })).rejects.toThrow(
      /no answer .* within 0\.06 s/,
    );
    const place = folder();
    const program = join(place, "not-a-browser");
    writeFileSync(program, "#!/bin/sh\necho 'no display' >&2\nexit 3\n");
    chmodSync(program, 0o755);
    await expect(makeStills([bars], { browser: program })).rejects.toThrow(/exit code 3.*no display/);
    await expect(makeStills([bars], { browser: join(place, "missing") })).rejects.toThrow(
      /could not be started/,
    );
  });

  it("refuses sizes that are none, and makes nothing of no figures", async () => {
    await expect(makeStills([bars], { ...options, scale: 0 })).rejects.toThrow(
      /scale must be a positive number/,
    );
    expect(await makeStills([], options)).toEqual({ stills: [] });
  });
});
