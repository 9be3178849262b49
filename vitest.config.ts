import { join } from "node:path";
import { defineConfig } from "vitest/config";

const inBrowser = "test/browser/**/*.test.ts";

export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^fast-check$/,
        replacement: join(import.meta.dirname, "test", "support", "seeded-fast-check.mjs"),
      },
    ],
  },
  test: {
    pool: "forks",
    // A test that hangs is to end, not one that shares its two cores with a training.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["test/**/*.test.ts"],
          exclude: [inBrowser],
          // Kernel tests start real processes; two at a time is what two cores carry.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // A browser, a server and kernels at once: by themselves, or what a person would see at once comes late.
          name: "browser",
          include: [inBrowser],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
