/**
 * Which notebooks' outputs may run scripts: those whose outputs were made here. A notebook is signed when all its
 * cells were run by this user; the signature is kept apart from the file, as Jupyter does.
 * Source: https://jupyter-server.readthedocs.io/en/latest/operators/security.html#security-in-notebook-documents
 */
import { createHmac, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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
  return (cell.outputs ?? []).every(
    (output) =>
      (output.output_type !== "display_data" && output.output_type !== "execute_result") ||
      Object.keys(output.data ?? {}).every((type) => harmless.has(type)),
  );
}

/** Made once; another server that starts at the same moment takes the same one. */
function secretIn(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(64), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (statSync(file).size < 64)
    throw new Error(`${file} is not a secret of 64 bytes: delete it and start again.`);
  return readFileSync(file);
}
