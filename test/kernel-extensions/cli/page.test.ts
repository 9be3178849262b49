/** Pages as a reader sees them: in a browser, from a file, with no network. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderPage } from "../../../kernel-extensions/cli/html/page.js";
import { parseNotebook } from "../../../kernel-extensions/client/notebook.js";
import { displaySymbol, table } from "../../../kernel-extensions/display/index.js";
import { chromiumPath } from "../../support/debian-packages.mjs";
import { notebookText, temporary, type TestCell } from "./support.js";

const executablePath = chromiumPath();
if (executablePath === undefined) {
  if (process.env.CI === "true") throw new Error("These tests need a browser: install Chromium");
  console.warn("No Chromium here: the tests of exported pages are left out.");
}

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const hostile = "</script><script>window.bad = true</script><img src=x onerror='window.bad = true'>";
const stream = (text: string) => ({ output_type: "stream", name: "stdout", text });
const display = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });
const plotly = "application/vnd.plotly.v1+json";
const figure = (type: string, more = {}) => ({
  data: [{ type, x: [1, 2, 3], y: [2, 1, 3], name: hostile, ...more }],
  layout: { title: { text: "Reward" } },
});

const cells: TestCell[] = [
  { markdown: `# Learning to *act*\n\n$\\pi_\\theta$ ${hostile}\n\n## One\n\ntext` },
  { code: `const a = "${hostile}";`, outputs: [stream(hostile), stream("\x1b[31mred\x1b[0m")] },
  { markdown: "## Plots" },
  {
    code: "plots()",
    outputs: [
      display({ [plotly]: figure("scatter"), "text/plain": `A "line" ${hostile}`, "image/png": pixel }),
      display({ [plotly]: figure("bar"), "text/plain": "Bars" }),
      display({ "image/png": pixel, "text/plain": "One pixel" }),
      display({
        "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>`,
      }),
      display({ "text/html": "<table><tr><td>cell</td></tr></table>", "text/plain": "a table" }),
      display({ "text/markdown": "**bold** $x$", "text/plain": "bold" }),
      { output_type: "error", ename: "E", evalue: hostile, traceback: [`\x1b[31mE\x1b[0m: ${hostile}`] },
    ],
  },
];

describe.runIf(executablePath)("an exported page", () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = (
      "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
      "--disable-component-update --disable-sync"
    ).split(" ");
    browser = await chromium.launch({ executablePath: executablePath!, args });
  });
  afterAll(() => browser.close());

  /** Opens a notebook as a page; whatever it asks for from outside, and every complaint, is recorded. */
  async function open(notebook: TestCell[], options: Parameters<Browser["newPage"]>[0] = {}) {
    const folder = temporary();
    const file = join(folder, "page.html");
    const html = await renderPage(parseNotebook(notebookText(notebook)), { name: "lesson", folder });
    writeFileSync(file, html);
    const page = await browser.newPage(options);
    const problems: string[] = [];
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
    await page.goto(pathToFileURL(file).href);
    return { page, problems, html };
  }

  const isDrawn = (page: Page, index: number) =>
    expect
      .poll(() => page.locator(".plot").nth(index).locator("svg.main-svg path, svg.main-svg .point").count())
      .toBeGreaterThan(3);

  it("shows everything, asks for nothing, and runs nothing that an output smuggles in", async () => {
    const { page, problems } = await open(cells);
    await isDrawn(page, 0);
    await isDrawn(page, 1);
    expect(problems).toEqual([]);
    expect(await page.evaluate("window.bad")).toBeUndefined();

    expect(await page.title()).toBe("Learning to act");
    expect(await page.locator("h1").allTextContents()).toEqual(["Learning to act"]);
    expect(await page.locator("main math").count()).toBe(2);
    expect(await page.locator("pre.stream").first().textContent()).toBe(hostile);
    expect(await page.locator("pre.error").textContent()).toBe(`E: ${hostile}`);
    expect(await page.locator(".hljs-string").first().textContent()).toContain("</script>");
    expect(await page.locator(".html td").textContent()).toBe("cell");
    expect(await page.locator(".outputs .markdown strong").textContent()).toBe("bold");
  });

  it("says in words what pictures show", async () => {
    const { page } = await open(cells);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    const plots = page.locator(".plot[role=img]");
    expect(await plots.first().getAttribute("aria-label")).toBe(`A "line" ${hostile}`);
    expect(await page.locator(".outputs > img").first().getAttribute("alt")).toBe("One pixel");
    expect(await page.locator("img:not([alt])").count()).toBe(0);
  });

  it("keeps the still picture where no script runs, and hides it where the plot is drawn", async () => {
    const still = await open(cells, { javaScriptEnabled: false });
    expect(await still.page.locator(".plot img").isVisible()).toBe(true);
    const { page } = await open(cells);
    await isDrawn(page, 0);
    expect(await page.locator(".plot img").isVisible()).toBe(false);
  });

  it("has contents that lead to the headings", async () => {
    const { page } = await open(cells, { viewport: { width: 1400, height: 300 } });
    const links = page.getByRole("navigation", { name: "Contents" }).getByRole("link");
    expect(await links.allTextContents()).toEqual(["Learning to act", "One", "Plots"]);
    await links.nth(2).click();
    await expect
      .poll(() => page.locator("h2", { hasText: "Plots" }).boundingBox())
      .toMatchObject({ x: expect.any(Number) });
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe("#Plots");
    expect(await page.evaluate("scrollY")).toBeGreaterThan(0);
  });

  it("follows the reader's colours, plots too", async () => {
    const { page, problems } = await open(cells, { colorScheme: "dark" });
    await isDrawn(page, 0);
    const colors = () =>
      page.evaluate<string[]>(`[
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector(".plot .gtitle")).fill,
      ]`);
    expect(await colors()).toEqual(["rgb(21, 24, 28)", "rgb(230, 233, 237)"]);
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(colors).toEqual(["rgb(255, 255, 255)", "rgb(27, 31, 36)"]);
    expect(problems).toEqual([]);
  });

  it("wraps a figure's title where the page is narrow, and makes room for it", async () => {
    const words = "a title that says so much of what can be seen that it needs a wide page to be on one line";
    const title = {
      text: words,
      x: 0,
      xref: "container",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { t: 14 },
    };
    const outputs = [display({ [plotly]: { data: [{ y: [1, 2] }], layout: { title } }, "text/plain": "p" })];
    const { page, problems } = await open([{ code: "plot()", outputs }], {
      viewport: { width: 1400, height: 800 },
    });
    await isDrawn(page, 0);
    const lines = () => page.locator(".plot .gtitle tspan.line").count();
    const plot = page.locator(".plot");
    const height = (await plot.boundingBox())!.height;
    expect(await lines()).toBe(0); // One.
    await page.setViewportSize({ width: 420, height: 800 });
    await expect.poll(lines).toBeGreaterThan(1);
    const inside = `(() => {
      const box = document.querySelector(".plot").getBoundingClientRect();
      const title = document.querySelector(".plot .gtitle").getBoundingClientRect();
      return title.left >= box.left && title.right <= box.right && title.top >= box.top;
    })()`;
    await expect.poll(() => page.evaluate(inside)).toBe(true);
    expect((await plot.boundingBox())!.height).toBeGreaterThan(height);
    await page.setViewportSize({ width: 1400, height: 800 });
    await expect.poll(lines).toBe(0);
    expect(problems).toEqual([]);
  });

  it("says in words what a figure shows where no script runs", async () => {
    const { page } = await open(cells, { javaScriptEnabled: false });
    expect(await page.locator(".plot").nth(1).innerText()).toContain("Bars");
    const drawn = await open(cells);
    await isDrawn(drawn.page, 1);
    expect(await drawn.page.locator(".plot noscript").isVisible()).toBe(false);
  });

  it("scrolls what is long or wide in its own box, and puts no number over the code", async () => {
    const rows = Array.from({ length: 50 }, (_, row) =>
      Object.fromEntries(Array.from({ length: 14 }, (_, column) => [`column ${column}`, row])),
    );
    const caption = "A caption that is wider than its table";
    const outputs = [
      display(table(rows)[displaySymbol]()),
      display(table([{ a: 1 }], { caption })[displaySymbol]()),
      stream(Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n")),
    ];
    const { page } = await open([{ code: "x".repeat(200), outputs, count: 12 }], {
      viewport: { width: 700, height: 800 },
    });
    const hidden = await page.evaluate<number[]>(`(() => {
      const box = document.querySelector(".outputs > .html");
      box.scrollTo(1e6, 1e6);
      const [outer, inner] = [box, [...box.querySelectorAll("td")].at(-1)].map((e) => e.getBoundingClientRect());
      return [inner.right - outer.right, inner.bottom - outer.bottom, outer.height - 800];
    })()`);
    for (const pixels of hidden) expect(pixels).toBeLessThan(1);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(700);
    expect((await page.locator("pre.stream").boundingBox())!.height).toBeLessThan(800);
    const oneLine = (await page.locator("figcaption", { hasText: caption }).boundingBox())!.height;
    expect(oneLine).toBeLessThan(40);
    expect(await page.getByRole("table", { name: caption }).count()).toBe(1);
    const [number, code] = [page.locator(".prompt"), page.locator(".input code")];
    const bottom = (await number.boundingBox())!;
    expect(bottom.y + bottom.height).toBeLessThanOrEqual((await code.boundingBox())!.y);
  });

  it("fits a telephone", async () => {
    const { page } = await open(cells, { viewport: { width: 360, height: 640 } });
    await isDrawn(page, 0);
    await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect((await page.locator(".plot").first().boundingBox())!.width).toBeLessThanOrEqual(360);
  });

  it("draws what only the whole of Plotly can", async () => {
    const { page, problems } = await open([
      {
        code: "surface()",
        outputs: [display({ [plotly]: figure("scatterpolar", { r: [1, 2], theta: [0, 90] }) })],
      },
    ]);
    await isDrawn(page, 0);
    expect(problems).toEqual([]);
  });

  it("has the outlines of countries on its maps", async () => {
    const map = figure("scattergeo", { lon: [2.3], lat: [48.9] });
    const { page, problems } = await open([{ code: "map()", outputs: [display({ [plotly]: map })] }]);
    const coasts = page.locator(".plot .coastlines path");
    await expect.poll(async () => (await coasts.getAttribute("d"))?.length).toBeGreaterThan(20_000);
    expect(problems).toEqual([]);
  });

  it("carries Plotly only when there is a plot, and no more of it than that needs", async () => {
    const page = (outputs: unknown[]) =>
      renderPage(parseNotebook(notebookText([{ code: "x", outputs }])), { name: "lesson", folder: "." });
    expect((await page([stream("no plot")])).length).toBeLessThan(30_000);
    const [small, large] = [
      await page([display({ [plotly]: figure("bar") })]),
      await page([display({ [plotly]: figure("surface") })]),
    ];
    expect(small.length).toBeLessThan(large.length / 3);
  });

  it("has the file's name for a title when the notebook has no heading", async () => {
    const { page } = await open([{ markdown: "text" }]);
    expect(await page.title()).toBe("lesson");
    expect(await page.locator("h1").textContent()).toBe("lesson");
    expect(await page.locator("nav").count()).toBe(0);
  });
});
