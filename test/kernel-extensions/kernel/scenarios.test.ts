/** One test for each scenario of scenarios.py. */
import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestJupyter, installTestKernel } from "../../support/kernelspec.js";
import { hasPython, python } from "../../support/python.js";

const script = path.join(import.meta.dirname, "scenarios.py");
const available = hasPython("jupyter_client", "nbclient");
const names = available
  ? execFileSync(python, ["-B", script, "--list"], { encoding: "utf8" }).trim().split("\n")
  : [];

interface Report {
  name: string;
  error: string | null;
}

describe.skipIf(!available)("a Jupyter client finds that", () => {
  let jupyter: TestJupyter;
  const reports = new Map<string, Promise<Report>>();
  const resolvers = new Map<string, (report: Report) => void>();
  for (const name of names) {
    reports.set(name, new Promise((resolve) => resolvers.set(name, resolve)));
  }

  beforeAll(() => {
    jupyter = installTestKernel();
    const scenarios = spawn(python, ["-B", script], {
      env: jupyter.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: scenarios.stdout }).on("line", (line) => {
      const report = JSON.parse(line) as Report;
      resolvers.get(report.name)?.(report);
    });
    scenarios.on("close", () => {
      for (const [name, resolve] of resolvers) resolve({ name, error: "the script ended early" });
    });
  });
  afterAll(() => {
    jupyter.remove();
  });

  for (const name of names) {
    it(name.replaceAll("_", " "), { timeout: 180_000 }, async () => {
      const { error } = (await reports.get(name)) ?? { error: "no report" };
      expect(error ?? "", error ?? "").toBe("");
    });
  }
  if (!available) it("(needs Python)", () => undefined);
});
