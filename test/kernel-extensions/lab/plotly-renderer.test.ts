/** Figures in JupyterLab: in a browser, loaded as the prebuilt extension that is copied into a Jupyter. */
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { assembleLabextension } from "../../../kernel-extensions/lab/plotly-renderer/labextension.js";
import { chromiumPath } from "../../support/debian-packages.mjs";
import { temporary } from "../cli/support.js";
import { luminoFolder, openPage } from "./lumino-page.js";

const executablePath = chromiumPath();
const ready = executablePath !== undefined && luminoFolder() !== undefined;
if (!ready) {
  if (process.env.CI === "true") throw new Error("These tests need Chromium and @lumino/widgets");
  console.warn("No Chromium or no Lumino here: the tests of figures in JupyterLab are left out.");
}

const plotly = "application/vnd.plotly.v1+json";
const eventually = <Value>(get: () => Promise<Value>) => expect.poll(get, { timeout: 20_000 });
type Json = Record<string, unknown>;

function figure(y: number[], layout: Json = {}): Json {
  return { [plotly]: { data: [{ y, name: "reward" }], layout: { title: { text: "Reward" }, ...layout } } };
}

/** What Plotly drew in an output. */
interface Drawn {
  title: string;
  y: number[];
  ink: string;
  range: [number, number];
  width: number;
  height: number;
}

describe.runIf(ready)("figures in JupyterLab", () => {
  const extension = temporary();
  let browser: Browser;
  let page: Page;
  let foreign: string[];
  let problems: string[];

  beforeAll(async () => {
    await assembleLabextension(extension);
    const args = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync".split(
      " ",
    );
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [...args, "--disable-background-networking", "--disable-component-update"],
    });
    ({ page, foreign, problems } = await openPage(browser, extension));
  });
  afterAll(() => browser.close());

  afterEach(async () => {
    await page.evaluate("reset()");
    expect(foreign).toEqual([]);
    expect(problems.splice(0)).toEqual([]);
  });

  const render = (data: Json, output?: number): Promise<number> =>
    page.evaluate<number>(`render(${JSON.stringify(data)}, ${String(output)})`);
  const drawn = (output = 0): Promise<Drawn> =>
    page.evaluate<Drawn>(`(() => {
      const { data, layout, _fullLayout: full } = outputs[${String(output)}].node.querySelector(".js-plotly-plot");
      const { width, height, font, xaxis } = full;
      return { title: layout.title.text, y: data[0].y, ink: font.color, range: xaxis.range, width, height };
    })()`);
  const node = (output = 0) => page.locator(".arl-figure").nth(output);
  const theme = (name: "light" | "dark") =>
    page.evaluate(`document.body.setAttribute("data-jp-theme-light", "${String(name === "light")}")`);
  const zoom = async () => {
    const box = (await page.locator(".nsewdrag").first().boundingBox())!;
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
  };

  it("are drawn, with their words for those who cannot see them", async () => {
    await render(
      figure([1, 3, 2], { title: { text: "Reward<br><b>per step</b>" }, meta: { alt: "It rises." } }),
    );
    await render({ [plotly]: { data: [{ y: [1] }] }, "text/plain": "Figure\n1 trace" });
    await render({ [plotly]: { data: [] } });
    expect(await drawn()).toMatchObject({ y: [1, 3, 2], width: 800, height: 420 });
    const path = await node().locator(".scatterlayer path.js-line").getAttribute("d");
    expect(path).toMatch(/^M[\d.]+,[\d.]+L[\d.]+,[\d.]+L[\d.]+,[\d.]+$/);
    expect(await node().getAttribute("role")).toBe("img");
    expect(await node(0).getAttribute("aria-label")).toBe("Reward per step: It rises.");
    expect(await node(1).getAttribute("aria-label")).toBe("Figure\n1 trace");
    expect(await node(2).getAttribute("aria-label")).toBe("Figure");
  });

  it("are offered for Plotly's type alone, before HTML", async () => {
    expect(await page.evaluate("extension")).toMatchObject({
      id: "agentic-rl-lab-plotly:renderer",
      rank: 0,
      dataType: "json",
      rendererFactory: { safe: true, mimeTypes: [plotly] },
    });
  });

  it("change in place, and no more often than the page is painted", async () => {
    await render(figure([1]));
    await page.evaluate("window.first = document.querySelector('.js-plotly-plot')");
    const counts = await page.evaluate<{ draws: number; ms: number }>(`(async () => {
      let draws = 0;
      outputs[0].node.querySelector(".js-plotly-plot").on("plotly_afterplot", () => draws++);
      const all = [];
      for (let i = 1; i <= 200; i++) {
        const y = Array.from({ length: i }, (_, k) => k);
        all.push(render({ "${plotly}": { data: [{ y }], layout: { title: { text: "Step " + i } } } }, 0));
      }
      await Promise.all(all);
      return { draws };
    })()`);
    expect(counts.draws).toBeGreaterThanOrEqual(1);
    expect(counts.draws).toBeLessThanOrEqual(3);
    const last = await drawn();
    expect(last.title).toBe("Step 200");
    expect(last.y).toHaveLength(200);
    expect(await node().getAttribute("aria-label")).toBe("Step 200");
    expect(await page.evaluate("first === document.querySelector('.js-plotly-plot')")).toBe(true);
  });

  it("keep what was zoomed to while data and theme change, until a double click", async () => {
    await render(figure([1, 2, 3, 4, 5]));
    const whole = (await drawn()).range;
    await zoom();
    await eventually(async () => (await drawn()).range).not.toEqual(whole);
    const { range } = await drawn();
    await render(figure([1, 2, 3, 4, 5, 6, 7, 8]), 0);
    expect((await drawn()).range).toEqual(range);
    await theme("dark");
    await eventually(async () => (await drawn()).ink).toBe("#e6e9ed");
    expect((await drawn()).range).toEqual(range);
    await page.locator(".nsewdrag").first().dblclick();
    await eventually(async () => (await drawn()).range[1]).toBeGreaterThan(7);
  });

  it("take the page's colours, unless they have their own", async () => {
    await theme("dark");
    await render(figure([1, 2]));
    await render(figure([1, 2], { meta: { ink: "#123456" }, font: { color: "#123456" } }));
    await render(figure([1, 2], { font: { color: "#abcdef" }, paper_bgcolor: "#fffbe6" }));
    const inks = async () => Promise.all([0, 1, 2].map(async (output) => (await drawn(output)).ink));
    expect(await inks()).toEqual(["#e6e9ed", "#e6e9ed", "#abcdef"]);
    await theme("light");
    await eventually(inks).toEqual(["#1b1f24", "#1b1f24", "#abcdef"]);
  });

  it("are as wide as there is room, also when they were hidden meanwhile", async () => {
    await render(figure([1, 2], { height: 250 }));
    await render(figure([1, 2], { width: 300, height: 200 }));
    await page.evaluate("document.querySelector('main').style.width = '500px'");
    await eventually(async () => (await drawn()).width).toBe(500);
    await page.evaluate("document.querySelector('main').style.display = 'none'");
    await render(figure([1, 2, 3], { height: 250 }), 0);
    await page.evaluate(
      "Object.assign(document.querySelector('main').style, { display: '', width: '640px' })",
    );
    await eventually(async () => (await drawn()).width).toBe(640);
    expect(await drawn()).toMatchObject({ height: 250, y: [1, 2, 3] });
    expect(await drawn(1)).toMatchObject({ width: 300, height: 200 });
  });

  it("have their texts apart when they were drawn in a place without a width", async () => {
    const title = { text: "Above", subtitle: { text: "Below" } };
    await page.evaluate("document.querySelector('main').style.display = 'none'");
    await render(figure([1, 2], { width: 300, height: 250, title }));
    await page.evaluate("document.querySelector('main').style.display = ''");
    const gap = () =>
      page.evaluate<number>(`(() => {
        const [title, subtitle] = [".gtitle", ".gtitle-subtitle"].map((part) =>
          document.querySelector(part).getBoundingClientRect());
        return subtitle.top - title.bottom;
      })()`);
    await eventually(gap).toBeGreaterThan(-4);
  });

  it("of a width of their own are shown smaller where they do not fit, and can be pointed at", async () => {
    const set = (width: number) =>
      page.evaluate(`document.querySelector("main").style.width = "${String(width)}px"`);
    await set(1200);
    await render(figure([1, 2], { width: 1000, height: 400 }));
    const seen = () =>
      page.evaluate(`(() => {
        const node = document.querySelector(".arl-figure");
        const { width, height } = document.querySelector(".svg-container").getBoundingClientRect();
        const round = (pixels) => Math.round(pixels);
        return [round(width), round(height), round(node.clientHeight), node.scrollWidth > node.clientWidth];
      })()`);
    await eventually(seen).toEqual([1000, 400, 400, false]);
    await set(800);
    await eventually(seen).toEqual([800, 320, 320, false]);
    await zoom(); // From a quarter to half of the width.
    await eventually(async () => (await drawn()).range.map((end) => end.toFixed(1))).toEqual(["0.2", "0.5"]);
    await set(500);
    await eventually(seen).toEqual([650, 260, 260, true]);
    await set(1200);
    await eventually(seen).toEqual([1000, 400, 400, false]);
  });

  it("break titles that are wider than the cell, grow by the new lines, and leave the output as it is", async () => {
    const words =
      "A title that says so much of what can be seen that it needs a wide page to be on one line.";
    const below = `Below it: ${words.toLowerCase()}`;
    const parts = (lines: readonly string[]) => lines.map((text) => text.replaceAll("<br>", " ").trim());
    const title = { text: words, yanchor: "top", y: 1, yref: "container", pad: { t: 14 } };
    const pinned = { title: { ...title, subtitle: { text: below } }, height: 400, margin: { t: 90 } };
    // Where Plotly places it, in the middle of the margin.
    const placed = { ...pinned, title: { text: words, subtitle: { text: below } } };
    for (const [name, layout] of [
      ["light", placed],
      ["dark", pinned],
    ] as const) {
      await theme(name);
      const output = figure([1, 2], layout);
      for (const width of [1200, 800, 600, 420]) {
        await page.evaluate(`document.querySelector("main").style.width = "${String(width)}px"`);
        await render(output, 0);
        const seen = async () =>
          await page.evaluate<{ inside: boolean; apart: boolean; texts: string[]; height: number }>(`(() => {
            const box = document.querySelector(".js-plotly-plot").getBoundingClientRect();
            const [title, subtitle, area] = [".gtitle", ".gtitle-subtitle", ".nsewdrag"].map((part) =>
              document.querySelector(part).getBoundingClientRect());
            const { title: text } = document.querySelector(".js-plotly-plot").layout;
            return {
              inside: [title, subtitle].every((part) => part.left >= box.left && part.right <= box.right && part.top >= box.top),
              apart: title.bottom <= subtitle.top + 3 && subtitle.bottom <= area.top,
              texts: [text.text, text.subtitle.text],
              height: document.querySelector(".js-plotly-plot")._fullLayout.height,
            };
          })()`);
        await eventually(async () => {
          const { inside, apart, texts } = await seen();
          return { inside, apart, said: parts(texts) };
        }).toEqual({ inside: true, apart: true, said: [words, below] });
        const { texts, height } = await seen();
        const lines = texts.join("<br>").split("<br>").length;
        if (width === 1200) expect({ lines, height }).toEqual({ lines: 2, height: 400 });
        if (width === 420) {
          expect(lines).toBeGreaterThan(3);
          expect(height).toBeGreaterThan(410);
        }
      }
    }
    // Narrower and wide again, without new data.
    const lineCount = () =>
      page.evaluate<number>(
        "document.querySelector('.js-plotly-plot').layout.title.text.split('<br>').length",
      );
    expect(await lineCount()).toBeGreaterThan(1);
    await page.evaluate(`document.querySelector("main").style.width = "1200px"`);
    await eventually(lineCount).toBe(1);
    await eventually(async () => await drawn()).toMatchObject({ width: 1200, height: 400 });
  });

  it("have the outlines of countries on maps", async () => {
    const data = [{ type: "scattergeo", lon: [2.3], lat: [48.9] }];
    const coasts = node().locator(".coastlines path");
    const lengths: number[] = [];
    for (const geo of [{}, { scope: "north america", resolution: 50, showcoastlines: true }]) {
      await render({ [plotly]: { data, layout: { geo } } }, 0);
      const length = async () =>
        (await coasts.count()) === 0 ? 0 : (await coasts.getAttribute("d"))!.length;
      await eventually(length).toBeGreaterThan(10_000);
      lengths.push(await length());
    }
    expect(lengths[0]).not.toBe(lengths[1]); // Another map.
  });

  it("play their frames", async () => {
    const frames = [0, 1, 2].map((k) => ({ name: String(k), data: [{ y: [k, k] }] }));
    const button = { label: "Play", method: "animate", args: [null, { frame: { duration: 20 } }] };
    const layout = { yaxis: { range: [0, 3] }, updatemenus: [{ type: "buttons", buttons: [button] }] };
    await render({ [plotly]: { data: [{ y: [9, 9] }], layout: { title: { text: "" }, ...layout }, frames } });
    await page.locator(".updatemenu-button").click();
    await eventually(async () => (await drawn()).y).toEqual([2, 2]);
  });

  it("say what is wrong in their place, and are drawn again when it is mended", async () => {
    const blocked: { pattern: RegExp | undefined } = { pattern: /plotly\.min\.js$/ };
    const fresh = (await openPage(browser, extension, blocked)).page;
    const json = JSON.stringify(figure([1, 2]));
    const problem = fresh.locator("pre");
    await fresh.evaluate(`render(${json})`);
    expect(await problem.textContent()).toMatch(
      /could not be drawn: Plotly could not be loaded: reload the page/,
    );
    expect(await problem.isVisible()).toBe(true);
    blocked.pattern = undefined;
    await fresh.evaluate(`render(${json}, 0)`);
    expect(await problem.isVisible()).toBe(false);
    expect((await fresh.locator(".main-svg").first().boundingBox())!.width).toBe(800);
    await fresh.close();

    const text = node().locator("pre");
    await render({ [plotly]: { layout: {} } });
    expect(await node().getAttribute("role")).toBe("group");
    expect(await text.textContent()).toMatch(/could not be drawn: its JSON has no list of traces, data/);
    await render(figure([4]), 0);
    expect((await drawn()).y).toEqual([4]);
    expect(await node().getAttribute("role")).toBe("img");
  });

  it("are pictures on paper: opaque and light, whatever the page is", async () => {
    await theme("dark");
    await render(figure([1, 2]));
    const image = node().locator("img");
    await eventually(() => image.getAttribute("src")).toMatch(/^data:image\/png;base64,/);
    const corner = await page.evaluate<number[]>(`(async () => {
      const image = document.querySelector(".arl-figure img");
      await image.decode();
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
      canvas.drawImage(image, 0, 0);
      return [image.naturalWidth, image.naturalHeight, ...canvas.getImageData(3, 3, 1, 1).data];
    })()`);
    expect(corner).toEqual([1600, 840, 255, 255, 255, 255]);
    expect([await image.isVisible(), await node().locator(".js-plotly-plot").isVisible()]).toEqual([
      false,
      true,
    ]);
    await page.emulateMedia({ media: "print" });
    expect([await image.isVisible(), await node().locator(".js-plotly-plot").isVisible()]).toEqual([
      true,
      false,
    ]);
    await page.emulateMedia({ media: "screen" });

    // A picture that came along is taken as it is; one of the figure before is not kept.
    const pixel =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await render({ ...figure([3, 4]), "image/png": pixel }, 0);
    expect(await image.getAttribute("src")).toBe(`data:image/png;base64,${pixel}`);
    await render(figure([5, 6]), 0);
    expect(await image.getAttribute("src")).toBeNull();
  });

  it("go without a trace, also before they were drawn", async () => {
    const other = { version: "other" };
    await page.evaluate(`window.Plotly = ${JSON.stringify(other)}`);
    await render(figure([1, 2]));
    expect(await page.evaluate("window.Plotly")).toEqual(other);
    const left = await page.evaluate<string[]>(`(async () => {
      const plot = outputs[0].node.querySelector(".js-plotly-plot");
      outputs[0].dispose();
      const drawing = render({ "${plotly}": { data: [{ y: [1] }] } }, 1);
      outputs[1].dispose();
      await drawing;
      return [...Object.keys(plot).filter((key) => key.startsWith("_full")), document.querySelector("main").innerHTML];
    })()`);
    expect(left).toEqual([""]);
    await theme("dark");
    await page.waitForTimeout(100);
  });

  it("say which module or package is missing", async () => {
    const refused = (module: string) =>
      page.evaluate<string>(`container.get("${module}").then(() => "given", (error) => error.message)`);
    expect(await refused("./other")).toBe("agentic-rl-lab-plotly has no module ./other");
    expect(await refused("./extension")).toBe(
      "this JupyterLab does not share @jupyterlab/notebook: version 4 does",
    );
  });
});
