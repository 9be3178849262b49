/** A lesson's progress in the Lab, and cells that are run before the kernel is there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isCodeCell, joinLines, parseNotebook } from "../../kernel-extensions/client/notebook.js";
import { chromiumPath } from "../support/debian-packages.mjs";
import { LabNotebook, LabServer, launchBrowser, watchedPage, type Offences } from "./lab-session.js";

const browserHere = chromiumPath() !== undefined;
if (!browserHere && process.env.CI === "true")
  throw new Error("These tests need a browser: install Chromium");

/** The answer of a solved lesson's cell, by its `grade_id`. */
function solution(gradeId: string): string {
  const file = "notebooks/solutions/01-introduction.ipynb";
  const cells = parseNotebook(readFileSync(file, "utf8")).cells.filter(isCodeCell);
  const cell = cells.find(
    ({ metadata }) => (metadata.nbgrader as { grade_id?: string } | undefined)?.grade_id === gradeId,
  );
  return joinLines(cell!.source).replaceAll(/^\s*\/\/ (BEGIN SOLUTION|END SOLUTION|STUB:).*\n/gm, "");
}

/** Where a cell of lesson 1's learners' copy stands, by its id. */
function place(id: string): number {
  const { cells } = parseNotebook(readFileSync("notebooks/01-introduction.ipynb", "utf8"));
  const index = cells.findIndex((cell) => cell.id === id);
  if (index < 0) throw new Error(`lesson 1 has no cell ${id}`);
  return index;
}

describe.runIf(browserHere)("a lesson's progress in the Lab", { timeout: 240_000 }, () => {
  const server = new LabServer();
  let browser: Browser;
  let address: URL;
  let context: BrowserContext;
  let offences: Offences;
  let page: Page;
  let lab: LabNotebook;

  const at = (name: string) => {
    const url = new URL(address);
    url.pathname = `/lab/workspaces/${name.replace(".ipynb", "")}/tree/${name}`;
    return url.href;
  };
  const points = () => lab.panel.locator(".arl-progress-button");
  const row = (id: string) => lab.panel.locator(".arl-progress-panel li", { hasText: `${id} ` });

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
    page = await watchedPage(context, offences);
    lab = new LabNotebook(page);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail")
      await page.screenshot({ path: `out/browser/${task.name.slice(0, 40)}.png` });
    await context.close();
    expect(offences).toEqual({ errors: [], elsewhere: [] });
  });

  it("is shown in the learners' copy, goes to an exercise, follows its cells and outlives a reload", async () => {
    await lab.open(at("01-introduction.ipynb"));
    await expect.poll(() => points().innerText()).toBe("0 / 100 points");
    expect(await points().getAttribute("aria-label")).toBe("0 of 100 points so far: show the exercises");
    const [setup, answer, check] = ["setup-check", "ex-1-1-answer", "ex-1-1-check"].map(place) as [
      number,
      number,
      number,
    ];
    await lab.run(setup);
    await lab.cell(setup).locator(".jp-InputPrompt", { hasText: "[1]:" }).waitFor();

    await points().focus();
    await page.keyboard.press("Enter");
    await row("1.7").waitFor();
    expect(await lab.panel.locator(".arl-progress-panel li").count()).toBe(7);
    expect(await row("1.7").innerText()).toMatch(/A memory of one word\s+not run\s+0 \/ 15/);
    await page.keyboard.press("Escape");
    await row("1.7").waitFor({ state: "hidden" });

    for (const [id, heading] of [
      ["1.7", place("ex-1-7")],
      ["1.1", place("ex-1-1")],
    ] as const) {
      await points().click();
      await row(id).click();
      await row(id).waitFor({ state: "hidden" });
      const below = async () => {
        const [cell, panel] = await Promise.all([lab.cell(heading).boundingBox(), lab.panel.boundingBox()]);
        return cell ? Math.abs(cell.y - panel!.y) : Infinity;
      };
      await expect.poll(below).toBeLessThan(300);
    }

    await lab.run(answer);
    await lab.run(check);
    await lab.outputs(check).filter({ hasText: "not yet" }).first().waitFor({ timeout: 60_000 });
    await points().click();
    await expect.poll(() => row("1.1").innerText()).toMatch(/not yet\s+0 \/ 10/);
    await page.keyboard.press("Escape");

    await lab.type(answer, solution("exercise-1-1"));
    await lab.run(answer);
    await lab.run(check);
    await expect.poll(() => points().innerText(), { timeout: 60_000 }).toBe("10 / 100 points");
    const news = lab.panel.locator(".arl-progress").getByRole("status");
    expect(await news.textContent()).toBe("Exercise 1.1: done, 10 of 10 points. 10 of 100 points so far.");

    await lab.save();
    await page.reload();
    await expect.poll(() => points().innerText(), { timeout: 60_000 }).toBe("10 / 100 points");
    await points().click();
    await expect.poll(() => row("1.1").innerText()).toMatch(/done\s+10 \/ 10/);
  });

  it("is not shown where there are no exercises, and comes and goes with them", async () => {
    server.write("plain.ipynb", ["1 + 1"]);
    await lab.open(at("plain.ipynb"));
    expect(await lab.panel.locator(".arl-progress").count()).toBe(0);
    await lab.type(0, 'await exercise("1.1", {});');
    await points().waitFor();
    await lab.type(0, "2 + 2");
    await points().waitFor({ state: "hidden" });
  });

  it.each([
    ["session", /\/api\/sessions/],
    ["checkpoint, which comes before it,", /\/checkpoints/],
  ])("loses no cell that is run at once, while the %s is waited for", async (_what, slow) => {
    const name = `early-${slow.source.replaceAll(/\W/g, "")}.ipynb`;
    server.write(name, ["let all = 20;", "all += 1;", 'console.log("the sum is " + 2 * all);']);
    await page.route(slow, async (route) => {
      await new Promise((done) => setTimeout(done, 5_000));
      await route.continue();
    });
    await page.goto(at(name));
    await lab.cell(2).waitFor({ timeout: 60_000 });
    await lab.menu("Run", "Run All Cells");
    await expect
      .poll(() => lab.cell(2).locator(".jp-InputPrompt").innerText(), { timeout: 4_000 })
      .toBe("[*]:");
    await lab.outputs(2).filter({ hasText: "the sum is 42" }).waitFor({ timeout: 60_000 });
    const sessions = await page.evaluate(async () => {
      const response = await fetch("/api/sessions");
      return (await response.json()) as { path: string }[];
    });
    expect(sessions.filter(({ path }) => path.includes(name))).toHaveLength(1);
    await page.unrouteAll({ behavior: "wait" });
    await lab.save();
    const saved = parseNotebook(readFileSync(join(server.folder, name), "utf8"));
    expect(saved.cells.filter(isCodeCell).map((cell) => cell.execution_count)).toEqual([1, 2, 3]);
  });
});
