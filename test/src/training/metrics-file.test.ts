import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { appendMetrics, beginMetrics, readMetrics } from "../../../src/training/index.js";

const folder = mkdtempSync(join(tmpdir(), "metrics-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a metrics file", () => {
  const path = join(folder, "deep", "metrics.jsonl");
  const record = (update: number) => ({
    update,
    seconds: update / 8,
    metrics: { "rollout/success": 0.1 * update, "loss/policy": -1e-9 },
  });

  it("brings every update back, and is begun anew or gone on with", () => {
    beginMetrics(path);
    appendMetrics(path, record(1));
    beginMetrics(path);
    for (const update of [1, 2]) appendMetrics(path, record(update));
    beginMetrics(path, { append: true });
    appendMetrics(path, record(3));
    expect(readMetrics(path)).toEqual([1, 2, 3].map(record));
  });

  it.each([
    ["{", "is not JSON"],
    ["[1]", "is not an object of metrics"],
    ['{"update": 1}', "has no field seconds"],
    ['{"update": 1, "seconds": 2, "rollout/success": null}', ": rollout/success is not a number"],
  ])("%s: one error that names file, line and field", (line, message) => {
    const broken = join(folder, "broken.jsonl");
    writeFileSync(broken, `{"update": 1, "seconds": 1}\n\n${line}\n`);
    expect(() => readMetrics(broken)).toThrow(
      `${broken}, line 3${message.startsWith(":") ? "" : " "}${message}`,
    );
  });
});
