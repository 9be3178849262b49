/** `/lab/api/workspaces`: which tabs were open where. */
import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fieldsOf } from "./bodies.js";
import type { LabPart } from "./context.js";
import { Problem } from "./problem.js";
import { readStateFile, writeStateFile } from "./state-file.js";

interface Workspace {
  data: Record<string, unknown>;
  metadata: { id: string; created?: string; last_modified?: string };
}

const extension = ".jupyterlab-workspace";
interface IdRequest {
  Params: { "*": string };
}

export const workspacesRoutes: LabPart = (app, context) => {
  // They name files by their place in the served folder, so each folder has its own.
  const folder = join(context.state, "workspaces", digest(context.root));
  const fileOf = (id: string) => join(folder, fileName(id));

  const list = async () => {
    const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(extension)).sort();
    const found = await Promise.all(files.map((name) => read(join(folder, name))));
    const values = found.filter((workspace) => workspace !== undefined);
    return { workspaces: { ids: values.map(({ metadata }) => metadata.id), values } };
  };
  app.get("/lab/api/workspaces", list);

  app.get<IdRequest>("/lab/api/workspaces/*", async (request) => {
    const id = request.params["*"];
    if (id === "") return list();
    return (await read(fileOf(id))) ?? { data: {}, metadata: { id } };
  });

  app.put<IdRequest>("/lab/api/workspaces/*", async (request, reply) => {
    const id = request.params["*"];
    if (id === "") throw new Problem(400, "The workspace has no name");
    const { data, metadata } = fieldsOf(request.body) as Partial<Workspace>;
    const isObject = typeof data === "object" && (data as unknown) !== null && !Array.isArray(data);
    if (!isObject || typeof metadata?.id !== "string") {
      throw new Problem(400, "A workspace has data and metadata with an id");
    }
    if (bare(metadata.id) !== bare(id)) {
      throw new Problem(400, `The workspace calls itself ${metadata.id}, not ${id}`);
    }
    await writeStateFile(fileOf(id), JSON.stringify({ data, metadata }));
    return reply.code(204).send();
  });

  app.delete<IdRequest>("/lab/api/workspaces/*", async (request, reply) => {
    const id = request.params["*"];
    try {
      await rm(fileOf(id));
    } catch {
      throw new Problem(404, `No such workspace: ${id}`);
    }
    return reply.code(204).send();
  });
};

/** `undefined` for what is not there, and for what is no workspace (any more). */
async function read(file: string): Promise<Workspace | undefined> {
  const stored = await readStateFile(file);
  if (!stored) return undefined;
  try {
    const { data, metadata } = JSON.parse(stored.text) as Workspace;
    const { created, last_modified } = stored;
    return { data, metadata: { ...metadata, created, last_modified } };
  } catch {
    return undefined;
  }
}

/** Readable, and different for each id, whatever characters it has. */
function fileName(id: string): string {
  const readable = bare(id)
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .slice(0, 64);
  return `${readable}-${digest(bare(id))}${extension}`;
}

/** Some clients write a slash before the name. */
function bare(id: string): string {
  return id.replace(/^\//, "");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
