/** The gallery as a reader sees it: in a browser, from a file, with no network, at three widths, light and dark. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { figures } from "../../../kernel-extensions/cli/figures.js";
import { itemNames } from "../../../kernel-extensions/cli/gallery/items.js";
import { chromiumPath } from "../../support/debian-packages.mjs";
import { labelFaults } from "../../support/labels.js";
import { temporary } from "./support.js";

const executablePath = chromiumPath();
if (executablePath === undefined) {
  if (process.env.CI === "true") throw new Error("These tests need a browser: install Chromium");
  console.warn("No Chromium here: the tests of the gallery are left out.");
}

describe.runIf(executablePath)("the gallery", () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  beforeAll(async () => {
    const out = temporary();
    const quiet = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, "write").mockReturnValue(true),
    );
    await figures.run(["--out", out, "--no-stills"]);
    for (const spy of quiet) spy.mockRestore();
    const args = (
      "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
      "--disable-component-update --disable-sync"
    ).split(" ");
    browser = await chromium.launch({ executablePath: executablePath!, args });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    await page.route("**", (route) => {
      const address = route.request().url();
      if (/^(file|data|blob):/.test(address)) return route.continue();
      problems.push(address);
      return route.abort();
    });
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(pathToFileURL(join(out, "index.html")).href);
    await isDrawn();
  });
  afterAll(async () => {
    await browser.close();
    expect(problems).toEqual([]);
  });

  const isDrawn = () => page.waitForFunction(() => document.documentElement.dataset["drawn"] === "true");
  /** After two frames the page has noticed what changed. */
  const settle = async () => {
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          requestAnimationFrame(() => requestAnimationFrame(resolve));
        }),
    );
    await isDrawn();
  };

  it.each([1280, 820, 420])(
    "fits %i pixels, light and dark, with every label whole and alone",
    async (width) => {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await settle();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(await labelFaults(page, ".target"), colorScheme).toEqual([]);
        const drawn = await page.evaluate(() => ({
          ink: getComputedStyle(document.querySelector("#growth svg .xtick text")!).fill,
          // What the reader sees of letters: their size times the drawing's scale.
          letters: Math.min(
            ...[...document.querySelectorAll(".target svg text")].map((text) => {
              const target = text.closest<HTMLElement>(".target")!;
              const scale = target.getBoundingClientRect().width / target.offsetWidth;
              return parseFloat(getComputedStyle(text).fontSize) * scale;
            }),
          ),
        }));
        expect(drawn.ink).toBe(colorScheme === "dark" ? "rgb(230, 233, 237)" : "rgb(27, 31, 36)");
        expect(drawn.letters).toBeGreaterThanOrEqual(width === 1280 ? 11 : 7.9);
      }
    },
  );

  it("would notice a label over another, and one that is cut off", async () => {
    const own = await browser.newPage();
    await own.setContent(`<div class="target" style="width:200px;height:60px"><svg width="200" height="60">
      <text x="10" y="30">one label</text><text x="30" y="30">another</text><text x="170" y="50">cut off here</text>
    </svg></div>`);
    expect(await labelFaults(own, ".target")).toEqual([
      '"cut off here" is cut off',
      '"one label" lies over "another"',
    ]);
    await own.close();
  });

  it("tells every figure to those who cannot see it", async () => {
    for (const { id } of itemNames) {
      const card = page.locator(`#${id}`);
      expect((await card.locator("h2").innerText()).length, id).toBeGreaterThan(10);
      if (id.startsWith("table")) continue;
      expect((await card.locator(".alt").textContent())!.length, id).toBeGreaterThan(100);
      expect(await card.locator(".target svg.main-svg").count(), id).toBeGreaterThan(0);
    }
  });

  it("is searched and filtered, by keyboard too", async () => {
    const shown = () => page.locator("article:visible").count();
    await page.keyboard.press("/");
    await page.keyboard.type("gigpo");
    const some = await shown();
    expect(some).toBeGreaterThan(2);
    expect(some).toBeLessThan(itemNames.length);
    expect(await page.locator("#count").innerText()).toBe(
      `${String(some)} of ${String(itemNames.length)} shown`,
    );
    expect(await page.locator("nav li:visible").count()).toBe(some);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Tables 1–10" }).click();
    expect(await shown()).toBe(10);
    await page.getByRole("button", { name: "All", exact: true }).click();
    expect(await shown()).toBe(itemNames.length);
  });

  it("follows the system's colours until the reader chooses", async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    const light = await background();
    await page.getByRole("button", { name: "Dark" }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Light" }).click();
    expect(await background()).toBe(light);
    await page.getByRole("button", { name: "System" }).click();
    expect(await background()).toBe(dark);
  });
});
