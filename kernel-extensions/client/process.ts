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

/** How much of what the process printed outside of any cell is kept for error messages. */
const tailCharacters = 4_000;

export class KernelProcess {
  readonly #child: ChildProcess;
  #tail = "";
  #failure: string | undefined;
  /** Resolves when the process is gone. Never rejects. */
  readonly exited: Promise<void>;

  constructor(spec: KernelSpec, connectionFile: string, cwd: string) {
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
      });
    }
    const kill = () => {
      this.kill();
    };
    process.once("exit", kill);
    this.exited = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.#failure = `could not be started: ${error.message}`;
        resolve();
      });
      this.#child.once("exit", (code, signal) => {
        this.#failure = signal ? `was ended by ${signal}` : `ended with exit code ${code ?? "unknown"}`;
        resolve();
      });
    });
    void this.exited.then(() => process.off("exit", kill));
  }

  /** Why and how the process ended, for an error message; call after {@link exited}. */
  death(name: string): KernelDied {
    const printed = this.#tail.trim();
    const said = printed ? `\nIt last printed:\n${printed}` : "";
    return new KernelDied(`the kernel "${name}" ${this.#failure ?? "ended"}${said}`);
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
    if (pid === undefined || this.#failure !== undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // Gone already.
    }
  }
}
