/** `/api/contents`: the folder's files, their checkpoints, and the trust in notebooks. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { fieldsOf } from "../bodies.js";
import type { LabPart } from "../context.js";
import { limits } from "../limits.js";
import { Problem } from "../problem.js";
import { queryOf } from "../security/gate.js";
import { Checkpoints } from "./checkpoints.js";
import { removeLeftovers } from "./leftovers.js";
import type { ContentType } from "./model.js";
import { readNotebook } from "./notebooks.js";
import { ServedFolder } from "./paths.js";
import { type ReadOptions, Reader } from "./read.js";
import { Trash } from "./trash.js";
import { TrustedNotebooks } from "./trust.js";
import { type Draft, Writer } from "./write.js";

type PathRequest = FastifyRequest<{ Params: { "*"?: string } }>;

export const contentsRoutes: LabPart = (app, context) => {
  const folder = new ServedFolder(context.root);
  const trust = new TrustedNotebooks(context.state);
  const checkpoints = new Checkpoints(folder);
  const trash = new Trash(context.state);
  const reader = new Reader(folder, trust, limits);
  const writer = new Writer({ folder, trust, checkpoints, trash, limits, log: context.log });
  app.addHook("onReady", () => trash.empty(new Date()));
  // Not waited for: the folder may be large.
  app.addHook("onReady", () => void removeLeftovers(context.root, new Date()));
  app.addHook("onClose", () => writer.close());

  const isFile = (path: string) =>
    folder.find(path).then(
      ({ stats }) => stats.isFile(),
      () => false,
    );

  /**
   * `…/name/checkpoints[/id]` and `…/name/trust` mean the file `name`, if it is one: a folder may have held a folder of
   * these names a moment ago.
   */
  const split = async (request: PathRequest): Promise<{ path: string; about?: string; id?: string }> => {
    const path = pathOf(request);
    const match = /^(.+)\/(checkpoints|trust)(?:\/([\w-]+))?$/.exec(path);
    if (!match || (await folder.has(path)) || !(await isFile(match[1]!))) return { path };
    return { path: match[1]!, about: match[2]!, ...(match[3] === undefined ? {} : { id: match[3] }) };
  };

  const get = async (request: PathRequest, reply: FastifyReply) => {
    const { path, about } = await split(request);
    if (about === "checkpoints") return checkpoints.list(path);
    const model = await reader.read(path, readOptionsOf(request));
    reply.header("Last-Modified", new Date(model.last_modified).toUTCString());
    return model;
  };

  const put = async (request: PathRequest, reply: FastifyReply) => {
    const { model, isNew } = await writer.save(pathOf(request), draftOf(request));
    return created(reply, model.path, isNew).send(model);
  };

  const post = async (request: PathRequest, reply: FastifyReply) => {
    const { path, about, id } = await split(request);
    if (about === "trust") {
      const model = await reader.read(path, { type: "file", format: "text", content: true, hash: false });
      trust.sign(readNotebook(model.content as string, path));
      return reply.code(201).send();
    }
    if (about === "checkpoints" && id === undefined)
      return reply.code(201).send(await checkpoints.make(path));
    if (about === "checkpoints") {
      await checkpoints.restore(path, id!);
      return reply.code(204).send();
    }
    const { copy_from: from, type, ext } = fieldsOf(request.body);
    const model =
      typeof from === "string" && from !== ""
        ? await writer.copy(from, path)
        : await writer.create(path, newTypeOf(type, ext), typeof ext === "string" ? ext : "");
    return created(reply, model.path, true).send(model);
  };

  const patch = async (request: PathRequest) => {
    const { path: to } = fieldsOf(request.body);
    if (typeof to !== "string") throw new Problem(400, "The new path is missing");
    return writer.rename(pathOf(request), to);
  };

  const remove = async (request: PathRequest, reply: FastifyReply) => {
    const { path, about, id } = await split(request);
    if (about === undefined) await writer.remove(path);
    else if (about === "checkpoints" && id !== undefined) await checkpoints.remove(path, id);
    else throw new Problem(405, "Of a file's checkpoints one is deleted, named by its id");
    return reply.code(204).send();
  };

  for (const url of ["/api/contents", "/api/contents/*"]) {
    app.get(url, get);
    app.put(url, put);
    app.post(url, post);
    app.patch(url, patch);
    app.delete(url, remove);
  }
};

function pathOf(request: PathRequest): string {
  return request.params["*"] ?? "";
}

function readOptionsOf(request: FastifyRequest): ReadOptions {
  const query = queryOf(request.url);
  const [type, format] = [query.get("type"), query.get("format")];
  if (format !== null && format !== "text" && format !== "base64" && format !== "json") {
    throw new Problem(400, "format is text or base64");
  }
  return {
    content: query.get("content") !== "0",
    hash: query.get("hash") === "1",
    ...(type === null || type === "" ? {} : { type: contentTypeOf(type) }),
    ...(format === null || format === "json" ? {} : { format }),
  };
}

function draftOf(request: FastifyRequest): Draft {
  const { type, format, content, chunk } = fieldsOf(request.body);
  if (typeof type !== "string") throw new Problem(400, "type is missing: file, notebook or directory");
  if (chunk !== undefined && chunk !== null && (!Number.isInteger(chunk) || chunk === 0)) {
    throw new Problem(400, "chunk is a number from 1, or -1 for the last one");
  }
  return {
    type: contentTypeOf(type),
    ...(typeof format === "string" ? { format } : {}),
    ...(content === undefined || content === null ? {} : { content }),
    ...(typeof chunk === "number" ? { chunk } : {}),
  };
}

function newTypeOf(type: unknown, extension: unknown): ContentType {
  if (typeof type === "string" && type !== "") return contentTypeOf(type);
  return extension === ".ipynb" ? "notebook" : "file";
}

/** Other types that a front end makes up are files to us. */
function contentTypeOf(type: string): ContentType {
  return type === "directory" || type === "notebook" ? type : "file";
}

function created(reply: FastifyReply, path: string, isNew: boolean): FastifyReply {
  const location = `/api/contents/${path.split("/").map(encodeURIComponent).join("/")}`;
  return reply.code(isNew ? 201 : 200).header("Location", location);
}
