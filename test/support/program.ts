/** Programs of their own among the tests: what they import is the built code. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";

/** What Node prints on stdout when it runs this; fails the test with what it said on stderr unless it ends well. */
export async function printed(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = 150_000,
): Promise<string> {
  if (!existsSync(path.resolve("dist/src/engine/index.js"))) throw new Error('run "npm run build" first');
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, timeout });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const end = await new Promise((resolve) => {
    child.on("close", (code, signal) => {
      resolve(code ?? signal);
    });
  });
  expect(end, errors).toBe(0);
  return output;
}
