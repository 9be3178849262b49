/** What a lesson imports is found from the learner's folder, be the package a clone or installed by npm. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startKernel } from "../../../kernel-extensions/client/kernel.js";

const folder = mkdtempSync(join(tmpdir(), "arl-installed-"));
mkdirSync(resolve(".cache"), { recursive: true });
const inClone = mkdtempSync(join(resolve(".cache"), "lessons-"));
afterAll(() => {
  for (const made of [folder, inClone]) rmSync(made, { recursive: true, force: true });
});

/** As `npm install agentic-rl-lab` leaves it: the package's own files, its dependencies beside it. */
function installed(): string {
  const modules = join(folder, "project", "node_modules");
  const own = join(modules, "agentic-rl-lab");
  mkdirSync(own, { recursive: true });
  cpSync(resolve("package.json"), join(own, "package.json"));
  for (const name of ["src", "kernel-extensions", "datasets"])
    cpSync(resolve("dist", name), join(own, "dist", name), { recursive: true });
  symlinkSync(resolve("datasets"), join(own, "datasets"));
  for (const name of readdirSync(resolve("node_modules")))
    if (!name.startsWith(".") && name !== "agentic-rl-lab")
      symlinkSync(resolve("node_modules", name), join(modules, name));
  return own;
}

const lesson = `import { survey } from "agentic-rl-lab";
import { table } from "agentic-rl-lab/notebook";
import * as tf from "@tensorflow/tfjs";
const papers = await survey.rows("papers");
[papers.length > 500, typeof table, typeof tf.tensor].join(" ")`;

it.each([
  ["a clone", () => resolve("."), inClone],
  ["an installed package", installed, mkdtempSync(join(folder, "home-"))],
])("from %s", { timeout: 120_000 }, async (_, install, cwd) => {
  const main = join(install(), "dist", "kernel-extensions", "kernel", "main.js");
  const argv = [process.execPath, main, "{connection_file}"];
  const kernel = await startKernel({ name: "agentic-rl", argv, interruptMode: "message" }, { cwd });
  const said: string[] = [];
  const reply = await kernel.execute(lesson, ({ content }) => {
    const { data, evalue } = content as { data?: Record<string, string>; evalue?: string };
    const text = data?.["text/plain"] ?? evalue;
    if (text !== undefined) said.push(text);
  });
  await kernel.shutdown();
  expect(said).toEqual(["'true function function'"]);
  expect(reply.status).toBe("ok");
});
