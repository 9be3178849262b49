import type { Failure } from "../report.js";
import { AnswerError } from "./guard.js";
import { Mismatch } from "./mismatch.js";

/** An error in a learner's terms: one line, with the line of their cell, without a stack trace. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Mismatch) return error.failure;
  if (error instanceof AnswerError) return { what: `it stopped with ${told(error.cause)}`, call: error.call };
  return { what: `it stopped with ${told(error)}` };
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return `what is no Error: ${String(error)}`;
  const message = error.message.split("\n", 1)[0]!;
  // The kernel writes places in cells so; elsewhere there are none.
  const line = /Cell \[(\d+)\]:(\d+):\d+/.exec(error.stack ?? "");
  const place = line ? ` (line ${line[2]!} of cell [${line[1]!}])` : "";
  return `${error.name}${message === "" ? "" : `: ${message}`}${place}`;
}
