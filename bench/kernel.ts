/**
 * Kernels side by side: the same client starts each in turn, round by round, and times the same steps. All
 * times are what a front end would see: from sending the request until reply and idle status are in.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Kernel, startKernel } from "../kernel-extensions/client/kernel.js";
import type { KernelSpec } from "../kernel-extensions/client/process.js";
import { kernelMain, packageRoot } from "../kernel-extensions/package-root.js";
import { installPeer, peerFolder } from "./peers.js";
import { markdownTable, showSpread, spread } from "./statistics.js";

const deno = { name: "deno", version: "2.9.6", scripts: true };
/** Cells of each kind a round times, after as many that warm up. */
const CELLS = 30;
const WARM_UP = 10;

const MEASURES = {
  ready: "start-up to ready, ms",
  firstResult: "start-up to first result, ms",
  firstCell: "first cell, ms",
  plus: "distinct `1+i`, ms",
  constant: "distinct `const v: number`, ms",
  library: "first import of the library, ms",
  plusAfter: "`2+i` after it, ms",
  memory: "resident memory after it, MB",
  tfjs: "import of tfjs after it, ms",
  plusTfjs: "`3+i` after it, ms",
} as const;
type Measure = keyof typeof MEASURES;
type Round = Partial<Record<Measure, number>>;

interface Peer {
  label: string;
  spec: KernelSpec;
  /** Statements in the peer's language; absent where it has no such thing. */
  constant: (i: number) => string;
  library?: string;
  tfjs?: string;
}

export async function benchKernel(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "5" }, only: { type: "string", default: "" } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds needs a whole number from 1, got "${values.rounds}"`);
  const only = values.only ? values.only.split(",") : undefined;
  const peers = findPeers().filter((peer) => !only || only.includes(peer.label));
  const results = new Map<string, Round[]>(peers.map((peer) => [peer.label, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      process.stderr.write(`\rround ${round}/${rounds} ${peer.label.padEnd(24)}`);
      results.get(peer.label)!.push(await measure(peer));
    }
  }
  process.stderr.write("\r".padEnd(60) + "\r");
  process.stdout.write(report(peers, results, rounds));
}

function findPeers(): Peer[] {
  const root = packageRoot();
  const library = `import * as lab from ${JSON.stringify(path.join(root, "dist/src/index.js"))}`;
  const tfjs = `import * as tf from "@tensorflow/tfjs"`;
  const spec = (name: string, ...argv: string[]): KernelSpec => ({ name, argv, interruptMode: "message" });
  const typed = (i: number) => `const v${i}: number = ${i}`;
  const peers: Peer[] = [
    {
      label: "agentic-rl",
      spec: spec("agentic-rl", process.execPath, kernelMain(), "{connection_file}"),
      constant: typed,
      library: `import * as lab from "agentic-rl-lab"`,
      tfjs,
    },
    {
      label: "tslab",
      spec: spec(
        "tslab",
        process.execPath,
        path.join(root, "node_modules/tslab/bin/tslab"),
        "kernel",
        "--config-path={connection_file}",
      ),
      constant: typed,
      library,
      tfjs,
    },
  ];
  if (hasIpykernel())
    peers.push({
      label: "ipykernel",
      spec: spec("ipykernel", "/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"),
      constant: (i) => `v${i}: int = ${i}`,
    });
  const denoBinary = findDeno();
  if (denoBinary)
    peers.push({
      label: "Deno (no type check)",
      spec: {
        ...spec("deno", denoBinary, "jupyter", "--kernel", "--conn", "{connection_file}"),
        env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      },
      constant: typed,
      library: `import * as lab from ${JSON.stringify(`file://${path.join(root, "dist/src/index.js")}`)}`,
    });
  return peers;
}

function hasIpykernel(): boolean {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import ipykernel"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write(
      "ipykernel is left out: it is not installed for /usr/bin/python3 (apt-get install python3-ipykernel)\n",
    );
    return false;
  }
}

/** The npm package `deno` ships its binary, of 100 MB. */
function findDeno(): string | undefined {
  const find = () => {
    const scope = path.join(peerFolder(deno), "node_modules", "@deno");
    const platform = existsSync(scope) ? readdirSync(scope)[0] : undefined;
    const binary = platform && path.join(scope, platform, process.platform === "win32" ? "deno.exe" : "deno");
    return binary && existsSync(binary) ? binary : undefined;
  };
  if (find()) return find();
  try {
    installPeer(deno);
  } catch (error) {
    process.stderr.write(`Deno is left out: ${(error as Error).message}\n`);
  }
  return find();
}

async function measure(peer: Peer): Promise<Round> {
  // A folder with this package's node_modules in reach, as a notebook beside a project has.
  const cwd = mkdtempSync(path.join(packageRoot(), ".cache", "bench-"));
  const round: Round = {};
  const started = performance.now();
  let kernel: Kernel | undefined;
  try {
    kernel = await startKernel(peer.spec, { cwd });
    round.ready = performance.now() - started;
    round.firstCell = await time(kernel, "1+1");
    round.firstResult = performance.now() - started;
    round.plus = await median(kernel, (i) => `1+${i + 1000}`);
    round.constant = await median(kernel, peer.constant);
    if (peer.library) {
      round.library = await time(kernel, peer.library);
      round.plusAfter = await median(kernel, (i) => `2+${i + 1000}`);
    }
    const memory = residentMemory();
    if (memory !== undefined) round.memory = memory;
    if (peer.tfjs) {
      round.tfjs = await time(kernel, peer.tfjs);
      round.plusTfjs = await median(kernel, (i) => `3+${i + 1000}`);
    }
    return round;
  } finally {
    await kernel?.kill();
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function time(kernel: Kernel, code: string): Promise<number> {
  const started = performance.now();
  const reply = await kernel.execute(code, () => undefined);
  const took = performance.now() - started;
  if (reply.status === "error")
    throw new Error(`a cell of the bench failed: ${code}\n${reply.ename}: ${reply.evalue}`);
  return took;
}

async function median(kernel: Kernel, code: (i: number) => string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + CELLS; i++) {
    const took = await time(kernel, code(i));
    if (i >= WARM_UP) times.push(took);
  }
  return spread(times).median;
}

/** Resident megabytes of all descendants of this process: the one kernel that is running. Linux only. */
function residentMemory(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const parents = new Map<number, { parent: number; kilobytes: number }>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      parents.set(Number(entry), { parent: field("PPid"), kilobytes: field("VmRSS") });
    } catch {
      // The process ended while we looked.
    }
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent === process.pid || (parent !== undefined && parent > 1 && isOurs(parent));
  };
  let kilobytes = 0;
  for (const [pid, process_] of parents) if (isOurs(pid)) kilobytes += process_.kilobytes;
  return kilobytes / 1024;
}

function report(peers: Peer[], results: Map<string, Round[]>, rounds: number): string {
  const [ours] = peers;
  const values = (peer: Peer, measure: Measure) =>
    results.get(peer.label)!.flatMap((round) => (round[measure] === undefined ? [] : [round[measure]]));
  const rows = (Object.keys(MEASURES) as Measure[]).map((measure) => {
    const reference = ours && values(ours, measure);
    return [
      MEASURES[measure],
      ...peers.map((peer) => {
        const own = values(peer, measure);
        if (own.length === 0) return "–";
        const shown = showSpread(spread(own));
        if (peer === ours || !reference || reference.length === 0) return shown;
        return `${shown} ${(spread(own).median / spread(reference).median).toFixed(2)}×`;
      }),
    ];
  });
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  return [
    `Kernels side by side: ${rounds} rounds, medians with (min–max) over rounds; × is the ratio to agentic-rl.`,
    machine,
    "",
    markdownTable(["", ...peers.map((p) => p.label)], rows),
    "",
  ].join("\n");
}
