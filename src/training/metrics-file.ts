/** Metrics on disk: JSON Lines, one update a line, under the metrics' own names. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Metrics } from "./update.js";

/** What a training step leaves in a metrics file, and what learning curves are drawn from. */
export interface MetricsRecord {
  update: number;
  /** Seconds since training began, rounded to milliseconds in the file. */
  seconds: number;
  metrics: Metrics;
}

/** Makes the file, and its folder where it is missing. @param append keep what an earlier part of the training wrote */
export function beginMetrics(path: string, { append = false } = {}): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "", { flag: append ? "a" : "w" });
}

/** Adds one update. */
export function appendMetrics(path: string, { update, seconds, metrics }: MetricsRecord): void {
  const line = { update, seconds: Math.round(seconds * 1000) / 1000, ...metrics };
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}

/** @throws Error that names the file, the line and the field of the first thing that is wrong. */
export function readMetrics(path: string): MetricsRecord[] {
  const records: MetricsRecord[] = [];
  for (const [i, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (line.trim() === "") continue;
    const { update, seconds, ...metrics } = parsed(line, `${path}, line ${i + 1}`);
    records.push({ update: update!, seconds: seconds!, metrics });
  }
  return records;
}

function parsed(line: string, place: string): Metrics {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`${place} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${place} is not an object of metrics`);
  }
  for (const name of ["update", "seconds"]) {
    if (!Object.hasOwn(value, name)) throw new Error(`${place} has no field ${name}`);
  }
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== "number") throw new Error(`${place}: ${name} is not a number`);
  }
  return value as Metrics;
}
