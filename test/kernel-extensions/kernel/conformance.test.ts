import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestJupyter, installTestKernel } from "../../support/kernelspec.js";
import { hasPython, python } from "../../support/python.js";

describe.skipIf(!hasPython("jupyter_kernel_test"))("jupyter_kernel_test", () => {
  let jupyter: TestJupyter;
  beforeAll(() => {
    jupyter = installTestKernel();
  });
  afterAll(() => {
    jupyter.remove();
  });

  it("passes, and skips nothing", { timeout: 120_000 }, async () => {
    const report = await new Promise<string>((resolve) => {
      const tests = spawn(python, ["-m", "unittest", "-v", "conformance"], {
        cwd: import.meta.dirname,
        env: jupyter.env,
      });
      let output = "";
      tests.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      tests.on("close", () => {
        resolve(output);
      });
    });
    const ran = Number(/^Ran (\d+) tests/m.exec(report)?.[1] ?? 0);
    expect(ran, report).toBeGreaterThanOrEqual(12);
    expect(report).toMatch(/^OK$/m); // "OK (skipped=1)" is not enough.
  });
});
