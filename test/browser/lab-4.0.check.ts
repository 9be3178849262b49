/**
 * The oldest Lab: Debian trixie's JupyterLab 4.0.11, on a Debian of its own, as `arl start` finds and starts it there.
 * `npm run check:lab4.0`, as root on Debian with debootstrap and Chromium.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serializeNotebook } from "../../kernel-extensions/client/notebook.js";
import { shortLesson } from "../support/lesson.js";
import { drawnShare, LabNotebook, launchBrowser, watchedPage, type Offences } from "./lab-session.js";
import { prepareTrixie, spawnInTrixie } from "./trixie.mjs";

const debian = resolve(".cache/debian-trixie");
const lessons = "/root/agentic-rl-lessons";
const picture = resolve("out/lab-4.0.png");

let child: ReturnType<typeof spawnInTrixie>;
let said = "";
let address: URL;
let browser: Browser;

beforeAll(async () => {
  prepareTrixie(debian);
  // As on a machine that never saw us.
  for (const folder of [lessons, "/root/.local"])
    rmSync(join(debian, folder), { recursive: true, force: true });
  mkdirSync(join(debian, lessons), { recursive: true });
  writeFileSync(join(debian, lessons, "short.ipynb"), serializeNotebook(shortLesson()));
  const command = [process.execPath, resolve("dist/kernel-extensions/cli/main.js"), "start", "--no-browser"];
  const env = { HOME: "/root", PATH: "/usr/bin:/bin", LANG: "C.UTF-8" };
  child = spawnInTrixie(debian, [resolve(".")], command, env);
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  address = await new Promise<URL>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      done(new URL(chunk.toString().trim()));
    });
    child.once("exit", () => {
      fail(new Error(`arl start ended: ${said}`));
    });
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
});

it("is the one that arl start found, with the learner's lessons in the home folder", () => {
  expect(said).toContain("Starting JupyterLab 4.0.11 (/usr/bin/jupyter-lab)");
  expect(said).toContain(`Your lessons are in ${lessons}`);
  expect(address.pathname).toBe("/lab/tree/01-introduction.ipynb");
});

it("runs the lesson with our kernel and draws its figure", async () => {
  const offences: Offences = { errors: [], elsewhere: [] };
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await watchedPage(context, offences);
  const lab = new LabNotebook(page);
  await lab.open(address.href); // The lesson itself opens.
  await lab.panel.locator(".arl-progress-button", { hasText: "0 / 100 points" }).click();
  await lab.panel.locator(".arl-progress-panel li", { hasText: "1.7 A memory of one word" }).click();
  await lab.panel.getByRole("heading", { name: "Exercise 1.7" }).waitFor();
  address.pathname = "/lab/tree/short.ipynb";
  await lab.open(address.href);
  await lab.menu("Run", "Run All Cells");
  const figure = lab.panel.locator(".arl-figure").last();
  await figure.waitFor({ timeout: 180_000 });
  await figure.scrollIntoViewIfNeeded();
  await expect.poll(() => drawnShare(page, figure), { timeout: 60_000 }).toBeGreaterThan(0.02);
  await lab.kernelIs("Idle", 180_000);
  mkdirSync(resolve("out"), { recursive: true });
  await page.screenshot({ path: picture });
  process.stderr.write(`A picture of it: ${picture}\n`);
  await page.keyboard.press("Control+S");
  const saved = () => readFileSync(join(debian, lessons, "short.ipynb"), "utf8");
  await expect.poll(saved, { timeout: 30_000 }).toContain("application/vnd.plotly.v1+json");
  expect(saved()).not.toContain('"output_type": "error"');
  expect(offences.elsewhere).toEqual([]);
  await context.close();
});
