/** The Lab as a learner uses it: the embedded server, the front end and the kernel, in a real browser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Download, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chromiumPath } from "../support/debian-packages.mjs";
import { NetworkCable } from "./network-cable.js";
import {
  drawnShare,
  LabNotebook,
  LabServer,
  launchBrowser,
  watchedPage,
  type Offences,
} from "./lab-session.js";

const browserHere = chromiumPath() !== undefined;
if (!browserHere && process.env.CI === "true")
  throw new Error("These tests need a browser: install Chromium");

const plot = [
  'import { figure } from "agentic-rl-lab/notebook";',
  'figure({ data: [{ y: [1, 3, 2] }], layout: { title: { text: "Up and down" } } });',
].join("\n");

describe.runIf(browserHere)("the Lab in a browser", { timeout: 240_000 }, () => {
  const server = new LabServer();
  let browser: Browser;
  let address: URL;
  let context: BrowserContext;
  let offences: Offences;

  /** The address of a notebook, with the token. */
  const at = (name: string) => {
    const url = new URL(address);
    url.pathname = `/lab/workspaces/${name.replace(".ipynb", "")}/tree/${name}`; // No tabs of other tests.
    return url.href;
  };
  const openPage = (): Promise<Page> => watchedPage(context, offences);
  const open = async (name: string) => new LabNotebook(await openPage()).open(at(name));

  beforeAll(async () => {
    browser = await launchBrowser();
    address = new URL(await server.start());
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    offences = { errors: [], elsewhere: [] };
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") {
      for (const [index, page] of context.pages().entries()) {
        await page.screenshot({ path: `out/browser/${task.name.slice(0, 40)} ${index}.png` });
      }
    }
    await context.close();
    expect(offences).toEqual({ errors: [], elsewhere: [] });
  });

  it("opens lesson 1 by the address that was printed, runs it, and draws its figures", async () => {
    const lab = await new LabNotebook(await openPage()).open(address.href);
    await lab.menu("Run", "Run All Cells");
    const figure = lab.panel.locator(".js-plotly-plot").first();
    await figure.waitFor({ timeout: 120_000 });
    await figure.scrollIntoViewIfNeeded();
    await expect.poll(() => drawnShare(lab.page, figure), { timeout: 30_000 }).toBeGreaterThan(0.02);
  });

  it("completes the library's names and shows their documentation", async () => {
    server.write("names.ipynb", ['import { wilsonInterval } from "agentic-rl-lab";', "wilsonInt"]);
    const lab = await open("names.ipynb");
    await lab.run(0);
    await lab.kernelIs("Idle");
    await lab.cell(1).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+End");
    await lab.page.keyboard.press("Tab");
    await lab.page.locator(".jp-Completer-item", { hasText: "wilsonInterval" }).waitFor();
    await lab.page.keyboard.press("Enter");
    await expect
      .poll(() => lab.cell(1).locator(".cm-content").innerText(), { timeout: 30_000 })
      .toContain("wilsonInterval");
    await lab.page.keyboard.press("Shift+Tab");
    await lab.page.locator(".jp-Tooltip", { hasText: "interval" }).waitFor({ timeout: 30_000 });
  });

  it("stops an endless loop by the stop button, and restarts", async () => {
    server.write("loop.ipynb", [
      "let kept = 1;",
      'console.log("round and round");\nwhile (true) {}',
      "kept + 1",
    ]);
    const lab = await open("loop.ipynb");
    await lab.run(0);
    await lab.run(1);
    await lab.outputs(1).filter({ hasText: "round and round" }).waitFor();
    await lab.button(/Interrupt/);
    await lab.kernelIs("Idle");
    await lab
      .outputs(1)
      .filter({ hasText: /interrupt/i })
      .first()
      .waitFor();
    await lab.run(2);
    await lab.outputs(2).filter({ hasText: "2" }).waitFor();
    await lab.restart();
    await lab.run(2);
    await lab.outputs(2).filter({ hasText: "kept" }).first().waitFor(); // It is not known any more.
  });

  it("keeps outputs and the plot over save and reload", async () => {
    server.write("saved.ipynb", ["1 + 41", plot]);
    const lab = await open("saved.ipynb");
    await lab.menu("Run", "Run All Cells");
    await lab.panel.locator(".js-plotly-plot").waitFor();
    await lab.panel.locator(".arl-figure > img[src]").waitFor({ state: "attached" }); // Its still is made at rest.
    await lab.save();
    const saved = readFileSync(join(server.folder, "saved.ipynb"), "utf8");
    expect(saved).toContain("application/vnd.plotly.v1+json");
    expect(saved).toContain("image/png"); // For viewers that run no script.
    await lab.page.reload();
    await lab.outputs(0).filter({ hasText: "42" }).waitFor();
    const figure = lab.panel.locator(".js-plotly-plot");
    await figure.waitFor();
    expect(await drawnShare(lab.page, figure)).toBeGreaterThan(0.02);
  });

  it("makes a new notebook from the launcher, opens the settings", async () => {
    const page = await openPage();
    const url = new URL(address);
    url.pathname = "/lab/workspaces/launcher";
    await page.goto(url.href);
    const lab = new LabNotebook(page);
    const channels = lab.kernelConnects();
    await page.locator(".jp-LauncherCard[data-category='Notebook']").first().click({ timeout: 60_000 });
    await channels;
    await lab.kernelIs("Idle");
    await lab.type(0, "6 * 7");
    await lab.run(0);
    await lab.outputs(0).filter({ hasText: "42" }).waitFor();
    await lab.menu("Settings", "Settings Editor");
    await page.locator(".jp-SettingsPanel, .jp-PluginEditor, .jp-SettingsEditor").first().waitFor();
  });

  it("follows the system's light and dark until a theme is picked, which stays", async () => {
    server.write("theme.ipynb", ["1 + 1"]);
    const lab = await open("theme.ipynb");
    const { page } = lab;
    const isLight = () => page.locator("body").getAttribute("data-jp-theme-light");
    const splash = page.locator("#jupyterlab-splash");
    /** JupyterLab itself throws when a theme changes while the splash of the change before it still fades. */
    const becomes = async (theme: "light" | "dark") => {
      await expect.poll(isLight, { timeout: 30_000 }).toBe(String(theme === "light"));
      await splash.waitFor({ state: "detached" });
    };
    await becomes("light");
    await page.emulateMedia({ colorScheme: "dark" });
    await becomes("dark");
    await page.emulateMedia({ colorScheme: "light" });
    await becomes("light");
    await lab.menu("Settings", "Theme", "JupyterLab Dark");
    await becomes("dark");
    await page.reload();
    await lab.panel.waitFor();
    await becomes("dark");
    // The one that is shown because the system has it stays as well.
    await lab.menu("Settings", "Theme", "Synchronize with System Settings");
    await becomes("light");
    const kept = page.waitForRequest((request) => /adaptive-theme\\": false/.test(request.postData() ?? ""));
    await lab.menu("Settings", "Theme", "JupyterLab Light");
    await kept;
    // The Lab reads what it has written, and applies that.
    await page.waitForResponse(
      (response) =>
        response.request().method() === "GET" && /apputils-extension(:|%3A)themes/.test(response.url()),
    );
    await splash.waitFor({ state: "detached" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForTimeout(500);
    expect(await isLight()).toBe("true");
    await lab.menu("Settings", "Theme", "Synchronize with System Settings");
    await becomes("dark");
  });

  it("exports by the File menu: a page, Markdown and the program", async () => {
    server.write("export.ipynb", ["const answer: number = 42;\nanswer", plot]);
    const lab = await open("export.ipynb");
    await lab.menu("Run", "Run All Cells");
    await lab.panel.locator(".js-plotly-plot").waitFor();
    const exported = async (label: string) => {
      const [download] = await Promise.all([
        new Promise<Download>((done) => {
          context.once("page", (page) => page.once("download", done)); // It opens, and is gone at once.
          lab.page.once("download", done);
        }),
        lab.menu("File", "Save and Export Notebook As", label),
      ]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const program = await exported("Executable Script");
    expect(program.name).toBe("export.ts");
    expect(program.text).toContain("const answer: number = 42;");
    const markdown = await exported("Markdown");
    expect(markdown.name).toBe("export.md");
    expect(markdown.text).toContain("```text\n42\n```");
    const html = await exported("HTML");
    expect(html.name).toBe("export.html");
    expect(html.text).toContain("Up and down");
    const page = await watchedPage(context, offences);
    await page.setContent(html.text);
    await page.locator(".js-plotly-plot").waitFor();
  });

  it("draws the outlines of countries, without a request to elsewhere", async () => {
    const map = { type: "choropleth", locations: ["FRA", "BRA", "IND"], z: [1, 2, 3], showscale: false };
    const layout = { geo: { showland: true, landcolor: "#cfe3c0" } };
    const figure = JSON.stringify({ data: [map], layout });
    server.write("map.ipynb", [`import { figure } from "agentic-rl-lab/notebook";\nfigure(${figure});`]);
    const lab = await open("map.ipynb");
    await lab.run(0);
    const drawn = lab.outputs(0).locator(".js-plotly-plot");
    await drawn.waitFor();
    await expect.poll(() => drawn.locator(".choroplethlayer path").count(), { timeout: 30_000 }).toBe(3);
    // Land is a fifth of a world map's picture; without outlines there are a few lines.
    await expect.poll(() => drawnShare(lab.page, drawn), { timeout: 30_000 }).toBeGreaterThan(0.1);
  });

  it("shows what a cell prints in two tabs on one notebook", async () => {
    server.write("shared.ipynb", ['console.log("both " + "tabs");', "let shared = 5;", "shared * 2"]);
    const first = await open("shared.ipynb");
    const second = await open("shared.ipynb");
    await first.run(1);
    await first.kernelIs("Idle");
    await second.run(2);
    await second.outputs(2).filter({ hasText: "10" }).waitFor(); // One kernel, of which both know.
    await first.run(0);
    await first.outputs(0).filter({ hasText: "both tabs" }).waitFor();
    await first.save();
    await second.page.keyboard.press("Control+S");
    await second.page.locator(".jp-Dialog", { hasText: /changed on disk|has been modified/i }).waitFor();
    await second.page.locator(".jp-Dialog").getByRole("button", { name: "Cancel" }).click();
  });

  it("draws a training while it runs, and keeps what was learned when it is stopped", async () => {
    server.write("training.ipynb", [
      'import { train } from "agentic-rl-lab";\nimport { live } from "agentic-rl-lab/notebook";',
      'const agent = train({ environment: "weather", seed: 7, updates: 100_000 });\nconst curves = live({ agent });',
      "await curves.run();",
      "console.log(`${agent.policy.parameters.size > 0} ${curves.runs.agent![0]!.length > 3}`);",
    ]);
    const lab = await open("training.ipynb");
    for (const index of [0, 1, 2]) await lab.run(index);
    const figure = lab.outputs(2).locator(".js-plotly-plot");
    await figure.waitFor();
    const points = () => figure.locator(".scatterlayer path.js-line").first().getAttribute("d");
    const early = await points();
    await expect.poll(points, { timeout: 60_000 }).not.toBe(early);
    await lab.outputs(2).locator("progress").waitFor();
    await lab.button(/Interrupt/);
    await lab.kernelIs("Idle");
    await lab.run(3);
    await lab.outputs(3).filter({ hasText: "true true" }).waitFor();
    expect(await drawnShare(lab.page, figure)).toBeGreaterThan(0.02);
  });

  it("says why a kernel died, and goes on", async () => {
    server.write("death.ipynb", [
      'process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {});',
      "40 + 2",
    ]);
    const lab = await open("death.ipynb");
    await lab.run(0);
    await lab.outputs(0).filter({ hasText: "SIGKILL" }).first().waitFor();
    await lab.page
      .locator(".jp-Dialog", { hasText: /restart/i })
      .getByRole("button")
      .last()
      .click();
    await lab.run(1);
    await lab.outputs(1).filter({ hasText: "42" }).waitFor();
  });

  it("loses no output when the network is cut and comes back while a cell runs", async () => {
    const count = 60;
    server.write("cable.ipynb", [
      `for (let i = 0; i < ${count}; i++) {\n  console.log("line " + i + ".");\n  await new Promise((done) => setTimeout(done, 100));\n}`,
    ]);
    const cable = new NetworkCable();
    await context.close();
    context = await browser.newContext({ proxy: { server: await cable.open(), bypass: "<-loopback>" } });
    const lab = await open("cable.ipynb");
    await lab.run(0);
    await lab.outputs(0).filter({ hasText: "line 3." }).waitFor();
    cable.unplug();
    await new Promise((done) => setTimeout(done, 2_000));
    cable.plug();
    const last = lab.outputs(0).filter({ hasText: `line ${count - 1}.` });
    await last.waitFor({ timeout: 120_000 });
    const lines = (await lab.outputs(0).allInnerTexts()).join("").trim().split("\n");
    expect(lines).toEqual(Array.from({ length: count }, (_, i) => `line ${i}.`));
    // The browser itself says that requests failed; nothing else may be said.
    offences.errors = offences.errors.filter((error) => !/net::ERR_|WebSocket connection to/.test(error));
    await context.close();
    cable.close();
  });
});
