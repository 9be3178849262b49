/** Checks that take too much for every run of the tests: `npm run check:lab4.0`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/browser/*.check.ts"], testTimeout: 300_000, hookTimeout: 1_800_000 },
});
