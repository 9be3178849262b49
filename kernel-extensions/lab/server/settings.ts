/** `/lab/api/settings`: the front end's schemas, our defaults laid over them, and what the user changed. */
import json5 from "json5";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fieldsOf } from "./bodies.js";
import type { LabContext, LabPart } from "./context.js";
import { Problem } from "./problem.js";
import { queryOf } from "./security/gate.js";
import { readStateFile, writeStateFile } from "./state-file.js";

type Json = Record<string, unknown>;

interface Schema extends Json {
  properties?: Record<string, Json>;
}

/** `@scope/package:plugin`; no name may climb out of the folder. */
const idShape = /^(?:@[\w-][\w.-]*\/)?[\w-][\w.-]*:[\w-][\w.-]*$/;

export const settingsRoutes: LabPart = (app, context) => {
  const list = async (url: string) => {
    const ids = await listIds(join(context.frontend, "schemas"));
    const idsOnly = queryOf(url).get("ids_only") === "true";
    const settings = ids.map(async (id) => (idsOnly ? { id } : readSetting(context, id)));
    return { settings: await Promise.all(settings) };
  };
  app.get("/lab/api/settings", (request) => list(request.url));

  app.get<{ Params: { "*": string } }>("/lab/api/settings/*", (request) => {
    const id = request.params["*"];
    return id === "" ? list(request.url) : readSetting(context, id);
  });

  app.put<{ Params: { "*": string } }>("/lab/api/settings/*", async (request, reply) => {
    const id = request.params["*"];
    await readSchema(context, id);
    const { raw } = fieldsOf(request.body);
    if (typeof raw !== "string") throw new Problem(400, "raw is missing: the text of the settings");
    parse(raw, (reason) => new Problem(400, `The settings were not saved: ${reason}`));
    await writeStateFile(userFile(context, id), raw);
    return reply.code(204).send();
  });
};

async function readSetting(context: LabContext, id: string): Promise<Json> {
  const [{ schema, version }, user] = await Promise.all([
    readSchema(context, id),
    readStateFile(userFile(context, id)),
  ]);
  const base = {
    id,
    schema,
    version,
    created: user?.created ?? null,
    last_modified: user?.last_modified ?? null,
  };
  const raw = user?.text.trim() ? user.text : "{}";
  try {
    return { ...base, raw, settings: parse(raw, (reason) => new Error(reason)), warning: null };
  } catch (error) {
    // Somebody edited the file by hand: the Lab starts with its defaults, and says why.
    return { ...base, raw: "{}", settings: {}, warning: `${id}: ${(error as Error).message}` };
  }
}

async function readSchema(context: LabContext, id: string): Promise<{ schema: Schema; version: string }> {
  if (!idShape.test(id)) throw new Problem(404, `No such settings: ${id}`);
  const [name, plugin] = id.split(":") as [string, string];
  const folder = join(context.frontend, "schemas", ...name.split("/"));
  const text = await readFile(join(folder, `${plugin}.json`), "utf8").catch(() => {
    throw new Problem(404, `No such settings: ${id}`);
  });
  const original = await readFile(join(folder, "package.json.orig"), "utf8").catch(() => "{}");
  const { version = "N/A" } = JSON.parse(original) as { version?: string };
  return { schema: await withOurDefaults(context, id, JSON.parse(text) as Schema), version };
}

/** `overrides.json` of the front end: other defaults than JupyterLab's. */
async function withOurDefaults(context: LabContext, id: string, schema: Schema): Promise<Schema> {
  const text = await readFile(join(context.frontend, "overrides.json"), "utf8").catch(() => "{}");
  const overrides = (JSON.parse(text) as Record<string, Json | undefined>)[id] ?? {};
  const properties = { ...schema.properties };
  for (const [key, value] of Object.entries(overrides)) {
    properties[key] = { ...properties[key], default: merge(properties[key]?.default, value) };
  }
  return { ...schema, properties };
}

function merge(original: unknown, changed: unknown): unknown {
  if (!isRecord(original) || !isRecord(changed)) return changed;
  const merged = { ...original };
  for (const [key, value] of Object.entries(changed)) merged[key] = merge(original[key], value);
  return merged;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Comments and what else JSON5 allows: the settings editor lets users write them. */
function parse(raw: string, problem: (reason: string) => Error): Json {
  let value: unknown;
  try {
    value = json5.parse(raw);
  } catch (error) {
    throw problem((error as Error).message);
  }
  if (!isRecord(value)) throw problem("they are not an object");
  return value;
}

function userFile({ state }: LabContext, id: string): string {
  return join(state, "settings", ...`${id.replace(":", "/")}.jupyterlab-settings`.split("/"));
}

/** The ids of all schemas, sorted. */
async function listIds(schemas: string): Promise<string[]> {
  const files = await readdir(schemas, { recursive: true }).catch(() => []);
  return files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".json") && !file.endsWith("package.json"))
    .map((file) => file.slice(0, -".json".length).replace(/\/([^/]+)$/, ":$1"))
    .filter((id) => idShape.test(id))
    .sort();
}
