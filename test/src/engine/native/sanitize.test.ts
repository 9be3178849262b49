/** The kernels under AddressSanitizer and UndefinedBehaviorSanitizer; `npm run sanitize` is the long form. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

it("the kernels read and write only what is theirs, and give all of it back", ({ skip }) => {
  const program = path.join(import.meta.dirname, "sanitize.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--driver"], { encoding: "utf8" });
  if (status === 2 && process.env["CI"] !== "true") {
    console.warn(`skipped: ${stderr.trim()}`);
    skip();
  }
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("driver.c, 1 and 3 threads, -fsanitize=address,undefined: nothing found");
}, 180_000);
