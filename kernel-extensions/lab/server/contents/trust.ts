/**
 * Which notebooks' outputs may run scripts: those whose outputs were made here. A notebook is signed when all its
 * cells were run by this user; the signature is kept apart from the file, as Jupyter does.
 * Source: https://jupyter-server.readthedocs.io/en/latest/operators/security.html#security-in-notebook-documents
 */
import { createHmac, randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Notebook, isCodeCell } from "../../../client/notebook.js";
import { textOf } from "./notebooks.js";

/** Outputs that cannot run anything: a cell with only these needs no trust. */
const harmless = new Set(["text/plain", "image/png", "image/jpeg"]);
const signatureLength = 65;
/** Each save of a trusted notebook adds a signature; the oldest are forgotten. */
const signaturesKept = 10_000;

export class TrustedNotebooks {
  readonly #secret: Buffer;
  readonly #signatures: string;

  /** @param state The server's state folder: holds the secret, which only this user can read, and the signatures. */
  constructor(state: string) {
    const folder = join(state, "trust");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#secret = secretIn(join(folder, "secret"));
    this.#signatures = join(folder, "signatures");
  }

  isSigned(notebook: Notebook): boolean {
    return this.#known().includes(this.#sign(notebook));
  }

  /** Remembers the notebook as it is now. */
  sign(notebook: Notebook): void {
    const signature = this.#sign(notebook);
    const known = this.#known();
    if (known.at(-1) === signature) return;
    if (known.length < 2 * signaturesKept) {
      appendFileSync(this.#signatures, `${signature}\n`, { mode: 0o600 });
    } else {
      const kept = [...known.slice(-signaturesKept), signature];
      writeFileSync(this.#signatures, `${kept.join("\n")}\n`, { mode: 0o600 });
    }
  }

  /** Signs a notebook that is being saved, if the client trusts all of its cells. */
  signIfTrusted(notebook: Notebook): void {
    if (notebook.cells.every(isTrusted)) this.sign(notebook);
  }

  /** Tells the client, in each code cell's `metadata.trusted`, whether the notebook is signed. */
  mark(notebook: Notebook): void {
    const trusted = this.isSigned(notebook);
    for (const cell of notebook.cells) {
      if (isCodeCell(cell)) cell.metadata = { ...cell.metadata, trusted };
    }
  }

  #sign(notebook: Notebook): string {
    return createHmac("sha256", this.#secret).update(textOf(notebook)).digest("hex");
  }

  #known(): string[] {
    try {
      return readFileSync(this.#signatures, "utf8")
        .split("\n")
        .filter((line) => line.length === signatureLength - 1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

function isTrusted(cell: Notebook["cells"][number]): boolean {
  if (cell.cell_type !== "code" || (cell.metadata as typeof cell.metadata | undefined)?.trusted === true)
    return true;
  // What was typed is saved even where it is odd: outputs may be anything here.
  const outputs: unknown[] = Array.isArray(cell.outputs) ? cell.outputs : [];
  return outputs.every((output) => {
    const { output_type: type, data } = (output ?? {}) as { output_type?: unknown; data?: unknown };
    if (type !== "display_data" && type !== "execute_result") return true;
    return Object.keys(data ?? {}).every((mime) => harmless.has(mime));
  });
}

/** Made once; of servers that start at the same moment the first makes it, and all take that one. */
function secretIn(file: string): Buffer {
  if (!existsSync(file)) {
    const whole = `${file}.${randomBytes(6).toString("hex")}`;
    try {
      writeFileSync(whole, randomBytes(64), { flag: "wx", mode: 0o600 });
      // Unlike a rename it fails where the name is taken; nobody sees a file without its content.
      linkSync(whole, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A disk without links has no better way.
      if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") renameSync(whole, file);
      else if (code !== "EEXIST") throw error;
    } finally {
      rmSync(whole, { force: true });
    }
  }
  if (statSync(file).size < 64)
    throw new Error(`${file} is not a secret of 64 bytes: delete it and start again.`);
  return readFileSync(file);
}
