/**
 * A headless browser over the DevTools protocol, through a pair of pipes: no port is opened and no package is
 * needed. https://chromedevtools.github.io/devtools-protocol/
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

const flags = [
  ...["--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--no-default-browser-check", "--disable-background-networking", "--disable-component-update"],
  ...["--disable-sync", "--disable-extensions", "--disable-breakpad", "--disable-dev-shm-usage"],
  ...["--hide-scrollbars", "--mute-audio", "--password-store=basic", "--use-mock-keychain"],
  // No name is ever looked up: what a drawing might ask for from outside is refused.
  "--host-resolver-rules=MAP * ~NOTFOUND",
];

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

interface Waiting {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

/** In a process group of its own a terminal's Ctrl-C does not reach it: the caller ends it. Windows has none. */
const ownGroup = process.platform !== "win32";

/** How long the browser may take to begin, and to go. */
const [startMs, endMs] = [30_000, 3000];

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | undefined;
  #log = "";
  /** Ends the browser and the processes it started, without asking. */
  readonly kill = (): void => {
    const { pid } = this.#child;
    if (pid === undefined || this.#gone) return;
    try {
      process.kill(ownGroup ? -pid : pid, "SIGKILL");
    } catch {
      // It has gone in this moment.
    }
  };

  private constructor(path: string) {
    this.#profile = mkdtempSync(join(tmpdir(), "arl-browser-"));
    // Chromium refuses its sandbox to root, as whom programs in containers run.
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    this.#child = spawn(path, [...flags, ...sandbox, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      detached: ownGroup,
    });
    process.once("exit", this.kill);
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-2000);
    });
    let buffer = "";
    const output = this.#child.stdio[4] as Readable;
    output.setEncoding("utf8").on("data", (text: string) => {
      const messages = (buffer + text).split("\0");
      buffer = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Reply);
    });
    // Writing into a browser that has just gone fails here, too; its end is told by `close`.
    for (const stream of [output, this.#child.stdio[3] as Writable]) stream.on("error", () => undefined);
    this.#child.on("error", (error) => {
      this.#end(new Error(`${path} could not be started: ${error.message}`));
    });
    this.#child.on("close", (code, signal) => {
      const said = this.#log.trim().split("\n").at(-1) ?? "";
      this.#end(new Error(`${path} ended (${signal ?? `exit code ${String(code)}`})${said && `: ${said}`}`));
    });
  }

  /**
   * Starts the browser and waits until it answers.
   *
   * @throws Error when it cannot be started, ends at once, or does not answer within 30 s.
   */
  static async start(path: string): Promise<Browser> {
    const browser = new Browser(path);
    try {
      await browser.send("Browser.getVersion", {}, { timeoutMs: startMs });
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /**
   * One command of the protocol and its result.
   *
   * @param timeoutMs how long to wait; a page that is still busy then is left to the caller to close.
   */
  send(
    method: string,
    params: Record<string, unknown> = {},
    { session, timeoutMs = 30_000 }: { session?: string; timeoutMs?: number } = {},
  ): Promise<Record<string, unknown>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the browser gave no answer to ${method} within ${String(timeoutMs / 1000)} s`));
      }, timeoutMs);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      const message = { id, method, params, ...(session !== undefined && { sessionId: session }) };
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    });
  }

  /** An empty page; its commands go to the session that is returned. */
  async openPage(): Promise<{ target: string; session: string }> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return { target: String(targetId), session: String(sessionId) };
  }

  /** Ends the browser, kindly first, and removes its profile. Never throws. */
  async close(): Promise<void> {
    const timer = setTimeout(this.kill, endMs);
    await this.send("Browser.close", {}, { timeoutMs: endMs }).catch(this.kill);
    if (!this.#gone) await new Promise((resolve) => this.#child.once("exit", resolve));
    clearTimeout(timer);
    process.off("exit", this.kill);
    try {
      rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch {
      // Some child of the browser still writes there: the system's cleaning of temporary files takes it.
    }
  }

  /** It has ended, or never began. */
  get #gone(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  #receive({ id, result, error }: Reply): void {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result ?? {});
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
