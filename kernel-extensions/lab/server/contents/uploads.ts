/** Files that come in pieces. The pieces gather under a hidden name; the file appears when it is whole. */
import { appendFile, rm, writeFile } from "node:fs/promises";
import { Problem } from "../problem.js";
import { settle, temporaryBeside } from "./atomic.js";
import type { Place } from "./paths.js";

/** A client that went away: its pieces are dropped after an hour. */
const patience = 3_600_000;

interface Upload {
  temporary: string;
  /** The number that the next piece must have. */
  next: number;
  last: number;
}

export class Uploads {
  readonly #open = new Map<string, Upload>();

  /**
   * Takes one piece.
   * @param chunk Counts from 1; −1 for the last piece.
   * @returns the file in which the pieces lie now.
   */
  async add({ file, path }: Place, chunk: number, bytes: Uint8Array): Promise<string> {
    await this.#dropOld();
    if (chunk === 1) return this.#begin(file, bytes);
    const upload = this.#open.get(file);
    if (!upload || (chunk !== -1 && chunk !== upload.next)) {
      await this.#drop(file);
      throw new Problem(400, `A piece of ${path} is missing: upload it again`, "missing piece");
    }
    try {
      await appendFile(upload.temporary, bytes);
      upload.next++;
      upload.last = Date.now();
      if (chunk !== -1) return upload.temporary;
      await settle(upload.temporary, file);
      this.#open.delete(file);
      return file;
    } catch (error) {
      await this.#drop(file);
      throw error;
    }
  }

  /** Drops what never became whole. */
  async close(): Promise<void> {
    for (const file of [...this.#open.keys()]) await this.#drop(file);
  }

  async #begin(file: string, bytes: Uint8Array): Promise<string> {
    await this.#drop(file);
    const temporary = temporaryBeside(file);
    this.#open.set(file, { temporary, next: 2, last: Date.now() });
    try {
      await writeFile(temporary, bytes, { flag: "wx" });
      return temporary;
    } catch (error) {
      await this.#drop(file);
      throw error;
    }
  }

  async #dropOld(): Promise<void> {
    for (const [file, { last }] of [...this.#open]) {
      if (Date.now() - last > patience) await this.#drop(file);
    }
  }

  async #drop(file: string): Promise<void> {
    const upload = this.#open.get(file);
    this.#open.delete(file);
    if (upload) await rm(upload.temporary, { force: true });
  }
}
