/** Files that come in pieces. The pieces gather under a hidden name; the file appears when it is whole. */
import { appendFile, rm, writeFile } from "node:fs/promises";
import type { Limits } from "../limits.js";
import { Problem } from "../problem.js";
import { settle, temporaryBeside } from "./atomic.js";
import type { Place } from "./paths.js";

/** A client that went away: its pieces are dropped after an hour. Milliseconds. */
const patience = 3_600_000;
/**
 * Nothing in the protocol tells the pieces of two uploads of one name apart: the second has to wait until the first is
 * whole, or has sent nothing for so long. Milliseconds.
 */
const rest = 20_000;

interface Upload {
  temporary: string;
  /** The number that the next piece must have. */
  next: number;
  last: number;
  /** Bytes so far. */
  size: number;
}

export class Uploads {
  readonly #limits: Pick<Limits, "upload" | "uploads">;
  readonly #now: () => number;
  readonly #open = new Map<string, Upload>();
  readonly #timer: NodeJS.Timeout;

  constructor(limits: Pick<Limits, "upload" | "uploads">, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
    this.#timer = setInterval(() => void this.#dropOld(), patience / 4).unref();
  }

  /**
   * Takes one piece.
   * @param chunk Counts from 1; −1 for the last piece.
   * @returns the file in which the pieces lie now.
   * @throws Problem 400 when a piece is missing, 409 while another upload of this name is under way, 413 when the file
   *   becomes too large, 507 when all that is not whole yet does.
   */
  async add(place: Place, chunk: number, bytes: Uint8Array): Promise<string> {
    await this.#dropOld();
    const { file, path } = place;
    const upload = chunk === 1 ? await this.#begin(place) : this.#open.get(file);
    if (!upload || (chunk !== -1 && chunk !== upload.next)) {
      await this.#drop(file);
      throw new Problem(400, `A piece of ${path} is missing: upload it again`, "missing piece");
    }
    try {
      this.#makeRoom(upload, path, bytes.length);
      if (chunk === 1) await writeFile(upload.temporary, bytes, { flag: "wx" });
      else await appendFile(upload.temporary, bytes);
      upload.next++;
      upload.last = this.#now();
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
    clearInterval(this.#timer);
    for (const file of [...this.#open.keys()]) await this.#drop(file);
  }

  async #begin({ file, path }: Place): Promise<Upload> {
    const other = this.#open.get(file);
    if (other && this.#now() - other.last < rest) {
      throw new Problem(409, `${path} is being uploaded already: try again in a moment`, "upload under way");
    }
    await this.#drop(file);
    const upload = { temporary: temporaryBeside(file), next: 1, last: this.#now(), size: 0 };
    this.#open.set(file, upload);
    return upload;
  }

  #makeRoom(upload: Upload, path: string, bytes: number): void {
    const { upload: most, uploads: mostInAll } = this.#limits;
    upload.size += bytes;
    if (upload.size > most) {
      const gibibytes = Number((most / 2 ** 30).toFixed(1));
      throw new Problem(413, `${path} is larger than ${gibibytes} GiB: copy it into the folder`, "too large");
    }
    const inAll = [...this.#open.values()].reduce((sum, { size }) => sum + size, 0);
    if (inAll > mostInAll)
      throw new Problem(507, "Too many unfinished uploads: let one end, then try again", "busy");
  }

  async #dropOld(): Promise<void> {
    for (const [file, { last }] of [...this.#open]) {
      if (this.#now() - last > patience) await this.#drop(file);
    }
  }

  async #drop(file: string): Promise<void> {
    const upload = this.#open.get(file);
    this.#open.delete(file);
    if (upload) await rm(upload.temporary, { force: true });
  }
}
