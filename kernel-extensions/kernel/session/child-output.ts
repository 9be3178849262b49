/**
 * Children that inherit the kernel's stdout and stderr would write to the Jupyter server's log. They get the
 * write ends of two sockets instead, whose other ends the IO thread reads (protocol/child-reader.ts): so what
 * they print appears in the notebook as they print it, also while `execSync` blocks the main thread.
 */
import childProcess, { type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { connect, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { markBytes, streamTags, type StreamName } from "../protocol/child-reader.js";
import type { ToIo } from "../protocol/threads.js";

/** Where a child's output goes: file descriptors to inherit. */
export interface ChildOutput {
  stdout: number;
  stderr: number;
  /** Called before a child starts: what the kernel has printed comes first. */
  beforeStart(): void;
  /** Called after a child has ended: what the kernel prints next comes after it. */
  afterEnd(): void;
  /** Called around synchronous children, which an interrupt ends by a signal. */
  syncChild(running: boolean, others: number[]): void;
}

/**
 * A fresh path for the IO thread to listen on, in a folder that only this user can enter. None on Windows,
 * whose children cannot inherit such sockets.
 */
export function childSocketPath(): string | undefined {
  if (process.platform === "win32") return undefined;
  // A socket's path may have 107 bytes; a deep TMPDIR (macOS, CI) has more than that.
  const parents = [os.tmpdir(), "/tmp"].filter((folder) => folder.length < 80);
  for (const parent of parents) {
    try {
      return path.join(fs.mkdtempSync(path.join(parent, "arl-kernel-")), "children");
    } catch {
      // Not writable: the next one.
    }
  }
  return undefined;
}

/** Opens both sockets towards the IO thread, which listens at `socketPath`, and removes the path. */
export async function connectChildOutput(
  socketPath: string,
  post: (message: ToIo) => void,
  flush: () => void,
): Promise<ChildOutput> {
  const stdout = await open(socketPath, "stdout");
  const stderr = await open(socketPath, "stderr");
  fs.rmSync(path.dirname(socketPath), { recursive: true, force: true });
  const descriptors = { stdout: descriptorOf(stdout), stderr: descriptorOf(stderr) };
  return {
    ...descriptors,
    beforeStart: flush,
    afterEnd: () => {
      const mark = randomUUID();
      const bytes = markBytes(mark);
      if (writeAll(descriptors.stdout, bytes) && writeAll(descriptors.stderr, bytes)) {
        post({ kind: "child-mark", mark });
      }
    },
    syncChild: (running, others) => {
      post({ kind: "sync-child", running, others });
    },
  };
}

function open(socketPath: string, name: StreamName): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      socket.on("error", () => undefined);
      socket.unref();
      socket.write(streamTags[name], () => {
        resolve(socket);
      });
    });
  });
}

function descriptorOf(socket: Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd;
}

/** The socket is non-blocking until the first child has inherited it; the IO thread empties it all the time. */
function writeAll(fd: number, bytes: Buffer): boolean {
  const deadline = Date.now() + 2000;
  let at = 0;
  while (at < bytes.length) {
    try {
      at += originalWriteSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || Date.now() > deadline) return false;
    }
  }
  return true;
}

const originalWriteSync = fs.writeSync;

type Stdio = "ignore" | "pipe" | number;

/**
 * Replaces what inherits the kernel's own streams in a `stdio` option by the given ends; `undefined` when
 * nothing does. Exported for its test.
 */
export function redirectStdio(
  stdio: unknown,
  output: { stdout: Stdio; stderr: Stdio },
): unknown[] | undefined {
  if (typeof stdio !== "string" && !Array.isArray(stdio)) return undefined;
  const entries: unknown[] = typeof stdio === "string" ? [stdio, stdio, stdio] : stdio;
  let changed = false;
  const redirected = entries.map((entry, index) => {
    switch (entry === "inherit" ? index : inherited(entry)) {
      case 0:
        changed = true;
        return "ignore"; // The kernel's stdin belongs to nobody.
      case 1:
        changed = true;
        return output.stdout;
      case 2:
        changed = true;
        return output.stderr;
      default:
        return entry;
    }
  });
  return changed ? redirected : undefined;
}

function inherited(entry: unknown): number | undefined {
  if (entry === process.stdout) return 1;
  if (entry === process.stderr) return 2;
  if (entry === 0 || entry === 1 || entry === 2) return entry;
  if (typeof entry === "object" && entry !== null && (entry as { fd?: unknown }).fd === 0) return 0;
  return undefined;
}

interface StdioOptions {
  stdio?: unknown;
}

type SyncName = "spawnSync" | "execSync" | "execFileSync";

/** Patches `node:child_process`. Without `output` (Windows), children write into pipes and files that are read here. */
export function redirectChildren(output: ChildOutput | undefined): void {
  const running = new Set<number>();

  // spawn, fork, exec, execFile all end here.
  const prototype = childProcess.ChildProcess.prototype as unknown as {
    spawn: (this: ChildProcess, options: StdioOptions) => number;
  };
  const originalSpawn = prototype.spawn;
  prototype.spawn = function spawn(options) {
    const stdio = redirectStdio(options.stdio, output ?? { stdout: "pipe", stderr: "pipe" });
    if (stdio) output?.beforeStart();
    const result = originalSpawn.call(this, stdio ? { ...options, stdio } : options);
    if (this.pid !== undefined) {
      const { pid } = this;
      running.add(pid);
      this.prependOnceListener("exit", () => {
        running.delete(pid);
        if (stdio) output?.afterEnd();
      });
    }
    if (stdio && !output) forward(this, stdio);
    return result;
  };

  const module = childProcess as unknown as Record<SyncName, (...args: unknown[]) => unknown>;
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original = module[name];
    module[name] = (...args) => {
      const at = args.findIndex((argument, index) => index > 0 && isOptions(argument));
      const options = (at < 0 ? {} : args[at]) as StdioOptions;
      const files = output ? undefined : new OutputFiles();
      const ends = output ?? files!;
      const stdio = redirectStdio(options.stdio, ends);
      const redirected = stdio ? args.with(at, { ...options, stdio }) : args;
      if (stdio) output?.beforeStart();
      output?.syncChild(true, [...running]);
      try {
        return original(...redirected);
      } finally {
        output?.syncChild(false, []);
        if (stdio) output?.afterEnd();
        files?.print();
      }
    };
  }
  syncBuiltinESMExports();
}

function isOptions(argument: unknown): boolean {
  return typeof argument === "object" && argument !== null && !Array.isArray(argument);
}

function forward(child: ChildProcess, stdio: unknown[]): void {
  if (stdio[1] === "pipe") child.stdout?.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  if (stdio[2] === "pipe") child.stderr?.on("data", (chunk: Buffer) => process.stderr.write(chunk));
}

/** Two temporary files that catch the output of a synchronous child where it cannot inherit sockets. */
class OutputFiles {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), "arl-child-"));
  readonly stdout = fs.openSync(path.join(this.#folder, "stdout"), "w+");
  readonly stderr = fs.openSync(path.join(this.#folder, "stderr"), "w+");

  print(): void {
    fs.closeSync(this.stdout);
    fs.closeSync(this.stderr);
    process.stdout.write(fs.readFileSync(path.join(this.#folder, "stdout")));
    process.stderr.write(fs.readFileSync(path.join(this.#folder, "stderr")));
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}
