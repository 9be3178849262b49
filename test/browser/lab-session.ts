/** `arl start --embedded` on a folder of notebooks, and a browser on it, watched for errors and for other hosts. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Locator,
  type Page,
  type WebSocket,
} from "playwright-core";
import { chromiumPath } from "../support/debian-packages.mjs";

const command = resolve("dist/kernel-extensions/cli/main.js");

/** A server of its own, in a folder of its own. */
export class LabServer {
  readonly folder = mkdtempSync(join(tmpdir(), "arl-lab-"));
  /** Settings and the like, which are not to become this user's. */
  readonly #state = mkdtempSync(join(tmpdir(), "arl-lab-state-"));
  #child: ChildProcess | undefined;
  #said = "";

  /** @returns the address it prints, with its token */
  async start(): Promise<string> {
    if (!existsSync(command)) throw new Error('run "npm run build" first');
    const args = [command, "start", "--embedded", "--no-browser", "--dir", this.folder];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, XDG_STATE_HOME: this.#state },
    });
    this.#child = child;
    child.stderr.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    return new Promise((done, fail) => {
      let printed = "";
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const address = /http:\/\/\S+token=\S+/.exec(printed)?.[0];
        if (address !== undefined) done(address);
      });
      child.on("exit", () => {
        fail(new Error(`arl start ended: ${this.#said}`));
      });
    });
  }

  /** What the server wrote on stderr. */
  get log(): string {
    return this.#said;
  }

  write(name: string, cells: readonly string[]): void {
    writeFileSync(join(this.folder, name), notebook(cells));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
    }
    for (const folder of [this.folder, this.#state]) rmSync(folder, { recursive: true, force: true });
  }
}

/** A notebook of these code cells, for our kernel. */
function notebook(cells: readonly string[]): string {
  const json = {
    cells: cells.map((source, index) => ({
      cell_type: "code",
      execution_count: null,
      id: `cell-${index}`,
      metadata: {},
      outputs: [],
      source,
    })),
    metadata: {
      kernelspec: { name: "agentic-rl", display_name: "TypeScript (Agentic RL)", language: "typescript" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** Everything a page did that it should not have. */
export interface Offences {
  /** Console errors and uncaught exceptions. */
  errors: string[];
  /** Requests that left the server's host. */
  elsewhere: string[];
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath()!,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
      ...["--disable-background-networking", "--disable-component-update"],
    ],
  });
}

/** A page whose offences are collected. */
export async function watchedPage(context: BrowserContext, offences: Offences): Promise<Page> {
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") offences.errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => offences.errors.push(String(error.stack ?? error)));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && hostname !== "127.0.0.1") offences.elsewhere.push(request.url());
  });
  return page;
}

/** One notebook in a page of the Lab, used as a person would use it: by menus, buttons and keys. */
export class LabNotebook {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens an address and waits until the notebook's kernel is there: before, there is nothing to run a cell on. */
  async open(address: string): Promise<this> {
    const channels = this.kernelConnects();
    await this.page.goto(address);
    await channels;
    await this.panel.locator(".jp-Cell").first().waitFor({ timeout: 60_000 });
    await this.kernelIs("Idle");
    return this;
  }

  /**
   * Call it before what makes the Lab connect to a kernel. A notebook asks for the history as soon as it has its
   * kernel; a cell that is run before is not run at all.
   */
  async kernelConnects(): Promise<void> {
    let asked: () => void = () => undefined;
    const history = new Promise<void>((done) => (asked = done));
    const watch = (socket: WebSocket) => {
      socket.on("framesent", ({ payload }) => {
        if (payload.includes("history_request")) asked();
      });
    };
    this.page.on("websocket", watch);
    await Promise.race([history, this.page.waitForTimeout(60_000)]);
    this.page.off("websocket", watch);
  }

  /** The panel in front. */
  get panel(): Locator {
    return this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
  }

  cell(index: number): Locator {
    return this.panel.locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
  }

  outputs(index: number): Locator {
    return this.cell(index).locator(".jp-OutputArea-output");
  }

  async menu(...path: string[]): Promise<void> {
    await this.page.getByRole("menuitem", { name: path[0]!, exact: true }).click();
    for (const item of path.slice(1)) {
      await this.page.locator(".lm-Menu-item", { hasText: item }).first().click();
    }
  }

  async button(name: string | RegExp): Promise<void> {
    await this.panel.locator(".jp-Toolbar").getByRole("button", { name }).click();
  }

  /** Waits for the kernel's state as the toolbar shows it. */
  async kernelIs(state: "Idle" | "Busy", timeout = 60_000): Promise<void> {
    await this.panel
      .locator(`.jp-Notebook-ExecutionIndicator[data-status="${state.toLowerCase()}"]`)
      .waitFor({ timeout });
  }

  /** Runs one cell by Shift+Enter. */
  async run(index: number): Promise<void> {
    await this.cell(index).locator(".cm-content").click();
    await this.page.keyboard.press("Shift+Enter");
  }

  /** Restarts the kernel by the toolbar, until it is there again. */
  async restart(): Promise<void> {
    await this.button(/Restart the kernel$/);
    // Until the server has answered, the toolbar may still show the kernel that was.
    const restarted = this.page.waitForResponse((response) => response.url().includes("/restart"), {
      timeout: 60_000,
    });
    await this.page.locator(".jp-Dialog").getByRole("button", { name: "Confirm Kernel Restart" }).click();
    await restarted;
    await this.kernelIs("Idle");
  }

  /** Replaces what a cell says. */
  async type(index: number, source: string): Promise<void> {
    await this.cell(index).locator(".cm-content").click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(source);
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
    await this.page.locator(".jp-mod-dirty").waitFor({ state: "detached" });
  }
}

/** How many colours a picture of an element has beside its most frequent one: nothing drawn is one colour. */
export async function drawnShare(page: Page, element: Locator): Promise<number> {
  const picture = (await element.screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const counts = new Map<number, number>();
    for (let i = 0; i < data.length; i += 4) {
      const colour = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return 1 - Math.max(...counts.values()) / (data.length / 4);
  }, picture);
}
