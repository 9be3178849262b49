/** A kernel's operating-system process. */
import { spawn, type ChildProcess } from "node:child_process";

/** How to start a kernel: what a kernelspec's kernel.json says. */
export interface KernelSpec {
  name: string;
  /** `{connection_file}` stands for the path of the connection file. */
  argv: string[];
  env?: Record<string, string>;
  /** How to interrupt it: with a signal to the process, or a message on the control channel. */
  interruptMode: "signal" | "message";
}

/** The kernel's process ended while something was still expected of it. */
export class KernelDied extends Error {
  override readonly name = "KernelDied";
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  error?: string;
}

/**
 * How much of what the process printed outside of any cell is kept for error messages. V8 prints several
 * thousand characters when it runs out of memory, and the figures come first.
 */
const tailCharacters = 16_000;

const running = new Set<KernelProcess>();
process.once("exit", () => {
  for (const kernel of running) kernel.kill();
});

export class KernelProcess {
  readonly #child: ChildProcess;
  #tail = "";
  #ending: Ending | undefined;
  /** Resolves when the process runs, or could not be started. Never rejects. */
  readonly spawned: Promise<void>;
  /** Resolves when the process is gone. Never rejects. */
  readonly exited: Promise<void>;

  /** `onPrinted` gets what the process prints outside of any cell. */
  constructor(
    spec: KernelSpec,
    connectionFile: string,
    cwd: string,
    onPrinted: (text: string) => void = () => undefined,
  ) {
    const [command, ...args] = spec.argv.map((part) => part.replaceAll("{connection_file}", connectionFile));
    this.#child = spawn(command!, args, {
      cwd,
      // JPY_PARENT_PID: kernels that read it end by themselves when we are killed.
      env: { ...process.env, ...spec.env, JPY_PARENT_PID: String(process.pid) },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: Ctrl-C in the terminal must reach us, not the kernel, and whatever a
      // cell started can be ended with it.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#tail = (this.#tail + text).slice(-tailCharacters);
        onPrinted(text);
      });
    }
    running.add(this);
    this.exited = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.#ending = { code: null, signal: null, error: error.message };
        resolve();
      });
      this.#child.once("exit", (code, signal) => {
        this.#ending = { code, signal };
        resolve();
      });
    });
    this.spawned = new Promise((resolve) => {
      this.#child.once("spawn", resolve);
      void this.exited.then(resolve);
    });
    void this.exited.then(() => running.delete(this));
  }

  /** How the process ended; `undefined` while it runs. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** The last of what it printed outside of any cell. */
  get tail(): string {
    return this.#tail;
  }

  /** Why and how the process ended, for an error message; call after {@link exited}. */
  death(name: string): KernelDied {
    const printed = this.#tail.trim();
    const said = printed ? `\nIt last printed:\n${printed}` : "";
    return new KernelDied(`the kernel "${name}" ${describeEnding(this.#ending)}${said}`);
  }

  interrupt(): void {
    this.#signal("SIGINT");
  }

  /** Ends the process and everything it started. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#ending !== undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // Gone already.
    }
  }
}

function describeEnding(ending: Ending | undefined): string {
  if (!ending) return "ended";
  if (ending.error !== undefined) return `could not be started: ${ending.error}`;
  return ending.signal ? `was ended by ${ending.signal}` : `ended with exit code ${ending.code ?? "unknown"}`;
}
