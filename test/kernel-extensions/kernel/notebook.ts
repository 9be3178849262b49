/** A notebook without sockets: the language and the executor on a temporary folder, as the tests drive them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createExecutor } from "../../../kernel-extensions/kernel/execution/index.js";
import type { Executor, Outcome } from "../../../kernel-extensions/kernel/execution/execution.js";
import { createLanguage } from "../../../kernel-extensions/kernel/language/index.js";
import type { Language } from "../../../kernel-extensions/kernel/language/language.js";

export const packageRoot = path.resolve(import.meta.dirname, "../../..");

export class TestNotebook {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), "arl-notebook-")));
  readonly language: Language;
  readonly executor: Executor;
  #count = 0;

  constructor(files: Record<string, string> = {}) {
    this.write(files);
    this.language = createLanguage({ cwd: this.folder, installation: packageRoot });
    this.executor = createExecutor({ language: this.language, cwd: this.folder, installation: packageRoot });
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  run(code: string): Promise<Outcome> {
    return new Promise((resolve) =>
      this.executor.execute(code, { executionCount: ++this.#count, silent: false }, resolve),
    );
  }

  /** The text of the cell's result; fails the test when the cell failed. */
  async value(code: string): Promise<unknown> {
    const outcome = await this.run(code);
    if (outcome.status === "error")
      throw new Error(`cell failed: ${outcome.error.ename}: ${outcome.error.evalue}\n${code}`);
    return outcome.result?.["text/plain"];
  }

  /** Runs cells that must all succeed, and gives the last one's result. */
  async cells(...codes: string[]): Promise<unknown> {
    let value: unknown;
    for (const code of codes) value = await this.value(code);
    return value;
  }

  /** The error of a cell that must fail. */
  async error(code: string): Promise<{ ename: string; evalue: string; traceback: string }> {
    const outcome = await this.run(code);
    if (outcome.status === "ok") throw new Error(`cell was expected to fail:\n${code}`);
    const { ename, evalue, traceback } = outcome.error;
    // eslint-disable-next-line no-control-regex -- colours are not what these tests are about
    return { ename, evalue, traceback: traceback.join("\n").replace(/\u001b\[\d+m/g, "") };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
