// @ts-check
// Brings a clone up to date (packages, then compiled code) and hands over to what was asked for.
import { build, isBuilt } from "./build.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { compile } from "../../src/engine/native/install.mjs";
import { isFrontendBuilt } from "../lab/frontend/build.mjs";
import { BootstrapError, progress, root, run } from "./shared.mjs";

const usage =
  "usage: node kernel-extensions/bootstrap.mjs start|test|bench|learning|lessons|build [arguments…]";

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const tasks = {
  start: (args) => run(process.execPath, ["dist/kernel-extensions/cli/main.js", "start", ...args]),
  test: async (args) => {
    const { prepareForTests } = await import("../../test/support/debian-packages.mjs");
    await prepareForTests();
    const { buildFrontend } = await import("../lab/frontend/build.mjs");
    await buildFrontend({ root });
    return run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args]);
  },
  bench: (args) => run(process.execPath, ["dist/bench/main.js", ...args]),
  learning: (args) => run(process.execPath, ["dist/bench/main.js", "learning", ...args]),
  lessons: (args) => run(process.execPath, ["dist/bench/main.js", "notebooks", ...args]),
  build: () => Promise.resolve(0),
};

/** @param {string[]} argv */
export async function main([name, ...args]) {
  try {
    const task = name !== undefined && Object.hasOwn(tasks, name) ? tasks[name] : undefined;
    if (!task) {
      console.error(usage);
      process.exitCode = 2;
      return;
    }
    await upToDate(name === "start" ? "run" : "all");
    process.exitCode = await task(args);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/**
 * @param {import("./install.mjs").Packages} needed of the packages, where nothing has to be compiled: a clone with a
 *   ready build starts sooner
 */
async function upToDate(needed) {
  if (isInstalled(root, needed) && isBuilt(root)) {
    // Without an addon everything works, slower; asking whether it is up to date takes a millisecond.
    compile({ log: progress });
    return;
  }
  await withLock(root, async () => {
    // Asked again: whoever held the lock before may have done the work.
    const packages = isBuilt(root) && isFrontendBuilt(root) ? needed : "all";
    if (!isInstalled(root, packages)) {
      // Neither needs the other: one waits for the network and the disk, the other for the compiler.
      await Promise.all([install(root, packages), compileKernels()]);
    }
    if (!isBuilt(root)) {
      progress("Compiling …");
      await build(root);
    }
    compile({ log: progress });
  });
}

/** In a process of its own: it keeps its own busy. What went wrong, it says; without the addon everything works. */
function compileKernels() {
  return run(process.execPath, ["src/engine/native/install.mjs"]);
}
