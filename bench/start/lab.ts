/** `npm start` in a clone, up to the result of the first cell in a browser, with the time of each step. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/** The steps, in their order. A step that had nothing to do is not in a run. */
export const steps = {
  packages: "npm ci, and compiling the fused kernels beside it",
  compile: "compiling",
  frontendPackages: "npm ci of the front end",
  frontend: "building the front end",
  server: "the server, until it prints the address",
  visible: "the browser, until the notebook is there",
  cell: "the kernel, until 1 + 1 is 2",
} as const;
export type Step = keyof typeof steps;

export interface Run {
  /** Seconds. */
  readonly took: Partial<Record<Step, number>>;
  readonly total: number;
  /** Resident megabytes once the cell has run; on Linux. */
  readonly memory: { readonly server: number; readonly kernel: number } | undefined;
}

/** What `npm start` says when a step begins. */
const beginnings: [said: RegExp, step: Step][] = [
  [/^Compiling …/, "compile"],
  [/front end is not built yet/, "frontendPackages"],
  [/^Building JupyterLab/, "frontend"],
  [/^Starting JupyterLab/, "server"],
];

const notebook = {
  cells: [
    { cell_type: "code", execution_count: null, id: "first", metadata: {}, outputs: [], source: "1 + 1" },
  ],
  metadata: {
    kernelspec: { name: "agentic-rl", display_name: "TypeScript (Agentic RL)", language: "typescript" },
  },
  nbformat: 4,
  nbformat_minor: 5,
};

/**
 * @param clone where to run `npm start`
 * @param lessons an empty folder for the learner's copies
 * @param browser Chromium's file
 * @throws Error when it does not get so far.
 */
export async function timeStart(clone: string, lessons: string, browser: string): Promise<Run> {
  writeFileSync(join(lessons, "first.ipynb"), JSON.stringify(notebook));
  const started = performance.now();
  const took: Partial<Record<Step, number>> = {};
  let step: Step = "server";
  let since = started;
  const begin = (next: Step | undefined) => {
    const now = performance.now();
    took[step] = (took[step] ?? 0) + (now - since) / 1000;
    since = now;
    if (next !== undefined) step = next;
  };

  const options = ["start", "--", "--embedded", "--no-browser", "--dir", lessons];
  const child = spawn("npm", options, {
    cwd: clone,
    env: { ...process.env, XDG_STATE_HOME: join(lessons, ".state") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // So that all of it can be ended.
  });
  const ended = new Promise<void>((resolve) => child.once("close", resolve));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    process.stderr.write(`  ${line}\n`);
    const found = beginnings.find(([beginning]) => beginning.test(line));
    if (found) begin(found[1]);
    else if (/^Installing packages/.test(line) && step === "server") begin("packages");
  });
  try {
    const address = await new Promise<URL>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (/^http:\S+token=/.test(line)) resolve(new URL(line));
      });
      void ended.then(() => {
        reject(new Error(`npm start ended: ${said.slice(-3).join(" ")}`));
      });
    });
    begin("visible");
    address.pathname = "/lab/tree/first.ipynb";
    const lab = await chromium.launch({ executablePath: browser, args: ["--no-sandbox", "--disable-gpu"] });
    try {
      const page = await lab.newPage();
      const connected = page.waitForEvent("websocket", {
        predicate: (socket) => socket.url().includes("/channels"),
        timeout: 120_000,
      });
      await page.goto(address.href);
      const cell = page.locator(".jp-CodeCell .cm-content").first();
      await cell.waitFor({ timeout: 120_000 });
      begin("cell");
      // Before that there is nothing to run a cell on.
      await connected;
      await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 120_000 });
      await cell.click();
      await page.keyboard.press("Shift+Enter");
      await page.locator(".jp-OutputArea-output", { hasText: /^2$/ }).waitFor({ timeout: 120_000 });
      begin(undefined);
    } finally {
      await lab.close();
    }
    return { took, total: (performance.now() - started) / 1000, memory: memoryOf(child.pid!) };
  } finally {
    if (child.exitCode === null) process.kill(-child.pid!, "SIGTERM");
    await ended;
  }
}

/** Resident megabytes of the server and of its kernel, among the descendants of `ancestor`. */
function memoryOf(ancestor: number): Run["memory"] {
  if (process.platform !== "linux") return undefined;
  const processes = new Map<number, { parent: number; command: string; megabytes: number }>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      processes.set(Number(pid), { parent: field("PPid"), command, megabytes: field("VmRSS") / 1024 });
    } catch {
      // It ended while we looked.
    }
  }
  const isOurs = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return parent === ancestor || (parent !== undefined && parent > 1 && isOurs(parent));
  };
  const sum = (program: string) =>
    [...processes]
      .filter(([pid, { command }]) => isOurs(pid) && command.includes(program))
      .reduce((total, [, { megabytes }]) => total + megabytes, 0);
  return { server: sum("kernel-extensions/cli/main.js"), kernel: sum("kernel-extensions/kernel/main.js") };
}
