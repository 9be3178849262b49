/** Running the built `arl`, and the notebooks it is run on. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { hasPythonModule } from "../../support/debian-packages.mjs";

const main = fileURLToPath(new URL("../../../dist/kernel-extensions/cli/main.js", import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Options {
  cwd?: string;
  env?: Record<string, string>;
  /** Sent once this text was seen on stderr. */
  signalAfter?: { text: string; signal: NodeJS.Signals };
}

/** Runs `arl`; resolves when it has ended. */
export function arl(
  args: string[],
  { cwd = temporary(), env = {}, signalAfter }: Options = {},
): Promise<Finished> {
  if (!existsSync(main)) throw new Error("arl is not built: run npm run build");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (signalAfter && stderr.includes(signalAfter.text)) {
        child.kill(signalAfter.signal);
        signalAfter = undefined;
      }
    });
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

const temporaries: string[] = [];
afterAll(() => {
  for (const folder of temporaries.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new, empty folder, removed after the tests of the file. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "arl-test-"));
  temporaries.push(folder);
  return folder;
}

export interface TestCell {
  markdown?: string;
  code?: string;
  tags?: string[];
  outputs?: unknown[];
  /** The number it was run under. */
  count?: number | null;
}

/** The text of a notebook file. */
export function notebookText(cells: TestCell[], kernel = "agentic-rl"): string {
  const notebook = {
    cells: cells.map(({ markdown, code, tags, outputs = [], count = null }, index) => ({
      cell_type: markdown === undefined ? "code" : "markdown",
      id: `cell-${index}`,
      metadata: tags ? { tags } : {},
      source: markdown ?? code,
      ...(markdown === undefined ? { execution_count: count, outputs } : {}),
    })),
    metadata: { kernelspec: { display_name: kernel, language: "typescript", name: kernel } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** Writes a notebook into a folder of its own and returns that. */
export function notebookFolder(cells: TestCell[], kernel?: string): string {
  const folder = temporary();
  writeFileSync(join(folder, "lesson.ipynb"), notebookText(cells, kernel));
  return folder;
}

/** A folder of programs that print what they are told to. */
export function fakePrograms(programs: Record<string, string>): string {
  const folder = temporary();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** The same small programs for every kernel at hand. */
export interface KernelUnderTest {
  name: string;
  print: (text: string) => string;
  fail: string;
  /** Runs until it is interrupted. */
  sleep: string;
  /** Cannot be interrupted. */
  stubborn?: string;
  die: string;
}

/** Ours, which is interrupted by a message, and, where it is installed, Python's, which takes a signal. */
export const kernels: KernelUnderTest[] = [
  {
    name: "agentic-rl",
    print: (text) => `console.log(${JSON.stringify(text)})`,
    fail: `throw new RangeError("too far\\nout")`,
    sleep: "await new Promise((resolve) => setTimeout(resolve, 600_000))",
    die: `process.kill(process.pid, "SIGKILL")`,
  },
  ...(hasPythonModule("ipykernel")
    ? [
        {
          name: "python3",
          print: (text: string) => `print(${JSON.stringify(text)})`,
          fail: `raise OverflowError("too far\\nout")`,
          sleep: "import time; time.sleep(600)",
          stubborn: "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)",
          die: "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        },
      ]
    : []),
];
