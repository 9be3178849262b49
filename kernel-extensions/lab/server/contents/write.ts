/** Changes to the served folder: save, create, copy, rename, delete. */
import { cp, mkdir, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Notebook } from "../../../client/notebook.js";
import { rename } from "../../../rename.js";
import type { Limits } from "../limits.js";
import type { Log } from "../log.js";
import { printable, problemOf } from "../errors.js";
import { Problem } from "../problem.js";
import { copyAtomically, temporaryBeside, writeAtomically } from "./atomic.js";
import type { Checkpoints } from "./checkpoints.js";
import { sizeOf } from "./folder-size.js";
import { type ContentType, type Model, modelOf } from "./model.js";
import { copyName, untitledName } from "./names.js";
import { asNotebook, emptyNotebook, textOf } from "./notebooks.js";
import { type Place, type ServedFolder, namesOf, noSuch } from "./paths.js";
import type { Trash } from "./trash.js";
import type { TrustedNotebooks } from "./trust.js";
import { Turns } from "./turns.js";
import { Uploads } from "./uploads.js";

/** What a client sends to be saved. Without `content`: something new and empty. */
export interface Draft {
  type: ContentType;
  format?: string;
  content?: unknown;
  /** Of an upload in pieces: counts from 1, −1 for the last one. */
  chunk?: number;
}

export interface Saved {
  model: Model;
  isNew: boolean;
}

export interface WriterParts {
  folder: ServedFolder;
  trust: TrustedNotebooks;
  checkpoints: Checkpoints;
  trash: Trash;
  limits: Pick<Limits, "copiedFolder" | "upload" | "uploads">;
  /** Takes what went wrong beside a change that was made. */
  log: Log;
}

export class Writer {
  readonly #parts: WriterParts;
  readonly #turns = new Turns();
  readonly #uploads: Uploads;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#uploads = new Uploads(parts.limits);
  }

  save(path: string, draft: Draft): Promise<Saved> {
    return this.#turns.take(async () => {
      const place = await this.#parts.folder.place(path);
      if (draft.type === "directory") return this.#saveFolder(place);
      if (place.exists && (await stat(place.file)).isDirectory()) {
        throw new Problem(400, `${place.path} is a folder`, "bad type");
      }
      if (place.exists && draft.content === undefined) {
        throw new Problem(400, `${place.path} was not saved: the content is missing`);
      }
      if (draft.chunk !== undefined) return this.#savePiece(place, draft, draft.chunk);
      if (draft.type === "notebook") await this.#saveNotebook(place, draft.content ?? emptyNotebook);
      else await writeAtomically(place.file, bytesOf(draft));
      return this.#saved(place, draft.type);
    });
  }

  create(parent: string, type: ContentType, extension: string): Promise<Model> {
    return this.#turns.take(async () => {
      const place = await this.#parts.folder.place(
        await untitledName(this.#parts.folder, parent, type, extension),
      );
      if (type === "directory") await mkdir(place.file);
      else await writeAtomically(place.file, type === "notebook" ? textOf(emptyNotebook) : "");
      return this.#model(place.path);
    });
  }

  copy(from: string, parent: string): Promise<Model> {
    return this.#turns.take(async () => {
      const { folder, limits } = this.#parts;
      const source = await folder.find(from);
      const name = namesOf(from).at(-1);
      if (name === undefined) throw new Problem(400, "The folder itself cannot be copied");
      const isFolder = source.stats.isDirectory();
      // Reading a pipe would wait for ever.
      if (!isFolder && !source.stats.isFile()) throw noSuch(from);
      const place = await folder.place(await copyName(folder, parent, name));
      if (isFolder) {
        if (isBelow(place.file, source.file)) throw new Problem(400, "A folder cannot be copied into itself");
        await sizeOf(source.file, limits.copiedFolder);
        await copyFolder(source.file, place.file);
      } else {
        await copyAtomically(source.file, place.file);
      }
      return this.#model(place.path);
    });
  }

  rename(from: string, to: string): Promise<Model> {
    return this.#turns.take(async () => {
      const source = await this.#named(from);
      const place = await this.#parts.folder.place(to);
      if (place.path === source.path) return this.#model(source.path);
      const target = await this.#nameIn(place.path);
      if (place.exists && !(await isSame(source.file, target))) {
        throw new Problem(409, `${place.path} is there already`, "exists");
      }
      if (isBelow(target, source.file)) throw new Problem(400, "A folder cannot be moved into itself");
      await rename(source.file, target);
      await this.#beside(place.path, () => this.#parts.checkpoints.follow(source.file, target));
      return this.#model(place.path);
    });
  }

  remove(path: string): Promise<void> {
    return this.#turns.take(async () => {
      const { file } = await this.#named(path);
      const checkpoint = await this.#parts.checkpoints.of(file);
      await this.#parts.trash.take(file);
      // Else it would be that of the next file of this name.
      if (checkpoint !== undefined) await this.#beside(path, () => this.#parts.trash.take(checkpoint));
    });
  }

  /** Drops what was never finished. */
  close(): Promise<void> {
    return this.#turns.take(() => this.#uploads.close());
  }

  async #saveFolder(place: Place): Promise<Saved> {
    if (!place.exists) await mkdir(place.file);
    else if (!(await stat(place.file)).isDirectory()) {
      throw new Problem(400, `${place.path} is a file`, "bad type");
    }
    return this.#saved(place);
  }

  async #saveNotebook({ path, file }: Place, content: unknown): Promise<void> {
    const { trust, checkpoints } = this.#parts;
    const notebook: Notebook = asNotebook(content);
    await writeAtomically(file, textOf(notebook));
    trust.signIfTrusted(notebook);
    // There is always one to go back to.
    await this.#beside(path, async () => {
      if ((await checkpoints.list(path)).length === 0) await checkpoints.make(path);
    });
  }

  /** What is done to the checkpoint of a file after the file itself: what was done to that stays done, and is told. */
  async #beside(path: string, change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#parts.log(
        `The checkpoint of ${printable(path)} is not what it should be: ${problemOf(error as Error).message}`,
      );
    }
  }

  async #savePiece(place: Place, draft: Draft, chunk: number): Promise<Saved> {
    const file = await this.#uploads.add(place, chunk, bytesOf(draft));
    const model = await modelOf({ path: place.path, file, stats: await stat(file) }, "file");
    return { model, isNew: !place.exists };
  }

  /** The name itself, not what it leads to when it is a link: the link is what is moved. */
  async #named(path: string): Promise<{ path: string; file: string }> {
    const found = await this.#parts.folder.find(path);
    if (found.path === "") throw new Problem(400, "The folder itself cannot be moved or deleted");
    return { path: found.path, file: await this.#nameIn(found.path) };
  }

  async #nameIn(path: string): Promise<string> {
    const names = namesOf(path);
    const parent = await this.#parts.folder.find(names.slice(0, -1).join("/"));
    return join(parent.file, names.at(-1)!);
  }

  async #saved(place: Place, type?: ContentType): Promise<Saved> {
    return { model: await this.#model(place.path, type), isNew: !place.exists };
  }

  async #model(path: string, type?: ContentType): Promise<Model> {
    return modelOf(await this.#parts.folder.find(path), type);
  }
}

function bytesOf({ content = "", format }: Draft): Uint8Array {
  if (typeof content !== "string") throw new Problem(400, "The content of a file is a text");
  if (format !== "base64") return Buffer.from(content, "utf8");
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw new Problem(400, "The content is not valid base64");
  return Buffer.from(content, "base64");
}

/** Hidden until it is whole. Links stay links, so that nothing from outside is copied in. */
async function copyFolder(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to);
  try {
    await cp(from, temporary, { recursive: true, verbatimSymlinks: true, errorOnExist: true });
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder + sep);
}

/** `a` renamed to `A` on a disk that does not tell them apart. */
async function isSame(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(a), stat(b)]);
  return one.ino === other.ino && one.dev === other.dev && one.ino !== 0;
}
