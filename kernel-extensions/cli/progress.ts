/** `01-introduction  cell 5/12  3.2 s` on stderr: on a terminal one line that counts, elsewhere a line a cell. */
import type { CellProgress } from "../client/execute-notebook.js";

export class CellProgressLine {
  readonly #name: string;
  readonly #terminal = process.stderr.isTTY;
  #ticking: NodeJS.Timeout | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  show({ cell, cells, state, elapsedMs }: CellProgress): void {
    this.#stop();
    const since = Date.now() - elapsedMs;
    const text = () => {
      const seconds = `${((Date.now() - since) / 1000).toFixed(1)} s`;
      const place = cell === 0 ? "kernel starting" : `cell ${cell}/${cells}`;
      return `${this.#name}  ${place}  ${seconds}`;
    };
    if (!this.#terminal) {
      if (state === "done") process.stderr.write(`${text()}\n`);
      return;
    }
    const draw = () => process.stderr.write(`\r\x1b[K${text()}`);
    draw();
    if (state === "running") this.#ticking = setInterval(draw, 500);
  }

  end(): void {
    this.#stop();
    if (this.#terminal) process.stderr.write("\n");
  }

  #stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
