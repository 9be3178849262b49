/** Answers to GET: a model, with what it holds when that is asked for. */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import type { Limits } from "../limits.js";
import { Problem } from "../problem.js";
import { type ContentFormat, type ContentType, type Model, hashOf, modelOf } from "./model.js";
import { readNotebook } from "./notebooks.js";
import { type Entry, type ServedFolder, noSuch } from "./paths.js";
import type { TrustedNotebooks } from "./trust.js";

export interface ReadOptions {
  type?: ContentType;
  format?: "text" | "base64";
  content: boolean;
  hash: boolean;
}

export class Reader {
  readonly #folder: ServedFolder;
  readonly #trust: TrustedNotebooks;
  readonly #limits: Pick<Limits, "readableFile">;

  constructor(folder: ServedFolder, trust: TrustedNotebooks, limits: Pick<Limits, "readableFile">) {
    this.#folder = folder;
    this.#trust = trust;
    this.#limits = limits;
  }

  async read(path: string, { type, format, content, hash }: ReadOptions): Promise<Model> {
    const entry = await this.#folder.find(path);
    if (entry.stats.isDirectory()) {
      if (type !== undefined && type !== "directory") throw wrongType(entry, "a folder", type);
      const model = await modelOf(entry);
      return content ? { ...model, format: "json", content: await this.#list(entry) } : model;
    }
    if (!entry.stats.isFile()) throw noSuch(path);
    if (type === "directory") throw wrongType(entry, "a file", type);
    const model = await modelOf(entry, type);
    if (!content)
      return hash ? { ...model, hash: await hashOf(entry.file), hash_algorithm: "sha256" } : model;
    return this.#fill(model, await this.#bytes(entry), format, hash);
  }

  #fill(model: Model, bytes: Buffer, format: ReadOptions["format"], hash: boolean): Model {
    const digest = hash ? createHash("sha256").update(bytes).digest("hex") : null;
    const filled: Model = { ...model, hash: digest, hash_algorithm: hash ? "sha256" : null };
    if (model.type === "notebook") {
      const notebook = readNotebook(decode(bytes) ?? "", model.path);
      this.#trust.mark(notebook);
      return { ...filled, format: "json", content: notebook };
    }
    const text = format === "base64" ? undefined : decode(bytes);
    if (format === "text" && text === undefined) {
      throw new Problem(400, `${model.path} is not text in UTF-8`, "bad format");
    }
    const actual: ContentFormat = text === undefined ? "base64" : "text";
    const fallback = text === undefined ? "application/octet-stream" : "text/plain";
    return {
      ...filled,
      format: actual,
      content: text ?? bytes.toString("base64"),
      mimetype: model.mimetype ?? fallback,
    };
  }

  async #bytes({ path, file, stats }: Entry): Promise<Buffer> {
    if (stats.size > this.#limits.readableFile) {
      const size = Math.round(stats.size / 2 ** 20);
      throw new Problem(
        413,
        `${path} has ${size} MiB, too much to be shown: download it instead`,
        "too large",
      );
    }
    return readFile(file);
  }

  /** What can be seen of a folder: no hidden files, no links that lead out or nowhere, no devices. */
  async #list({ path, file }: Entry): Promise<Model[]> {
    const names = (await readdir(file)).filter((name) => !name.startsWith("."));
    const models = await Promise.all(
      names.map(async (name) => {
        try {
          const entry = await this.#folder.find(path === "" ? name : `${path}/${name}`);
          return entry.stats.isFile() || entry.stats.isDirectory() ? await modelOf(entry) : undefined;
        } catch {
          return undefined;
        }
      }),
    );
    return models.filter((model) => model !== undefined);
  }
}

/** `undefined` for what is not text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function wrongType({ path }: Entry, actual: string, type: ContentType): Problem {
  return new Problem(400, `${path || "/"} is ${actual}, not a ${type}`, "bad type");
}
