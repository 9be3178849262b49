/** `/api/sessions`: which notebook (or console, or file) has which kernel. */
import type { FastifyInstance } from "fastify";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path/posix";
import { fieldsOf } from "../bodies.js";
import { Problem } from "../problem.js";
import type { LabKernel } from "./kernel.js";
import type { Kernels } from "./kernels.js";

interface Session {
  id: string;
  path: string;
  name: string;
  type: string;
  /** While it is started, who asks a second time waits for the same one. */
  kernel: Promise<LabKernel>;
  /** Set when it is started. */
  started?: LabKernel;
}

class Sessions {
  readonly #kernels: Kernels;
  readonly #all = new Map<string, Session>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    kernels.onShutdown = (id) => {
      for (const { id: session, started } of this.#all.values()) {
        if (started?.id === id) this.#all.delete(session);
      }
    };
  }

  /** Those with a kernel that is not dead: of the others JupyterLab would think that they go on. */
  get alive(): Session[] {
    return [...this.#all.values()].filter(({ started }) => started && !started.isDead);
  }

  /** @throws Problem */
  get(id: string): Session {
    const session = this.#all.get(id);
    if (!session) throw new Problem(404, `Session not found: ${id}`);
    return session;
  }

  /** The session of a path, a new one when there is none. */
  open(path: string, type: string, name: string, kernel: unknown): Session {
    const known = [...this.#all.values()].find((other) => other.path === path && other.type === type);
    if (known && !known.started?.isDead) return known;
    if (known) this.#all.delete(known.id);
    const starting = this.#kernelFor(kernel, path);
    const session: Session = { id: randomUUID(), path, name, type, kernel: starting };
    this.#all.set(session.id, session);
    starting.then(
      (started) => (session.started = started),
      () => this.#all.delete(session.id),
    );
    return session;
  }

  /** Gives a session another kernel; the one before is ended when no other session uses it. @throws Problem */
  async changeKernel(session: Session, wanted: unknown): Promise<void> {
    const before = await session.kernel;
    const after = await this.#kernelFor(wanted, session.path);
    session.kernel = Promise.resolve(after);
    session.started = after;
    const isUsed = [...this.#all.values()].some(({ started }) => started === before);
    if (!isUsed) await this.#shutdown(before);
  }

  /** Ends a session and its kernel. @throws Problem */
  async delete(id: string): Promise<void> {
    const { kernel } = this.get(id);
    this.#all.delete(id);
    await this.#shutdown(await kernel);
  }

  /** The kernel that a client names by its id, or a new one of the named kind, in the folder of `path`. */
  async #kernelFor(wanted: unknown, path: string): Promise<LabKernel> {
    const fields = fieldsOf(wanted);
    const id = text(fields, "id");
    if (id !== undefined) return this.#kernels.get(id);
    return this.#kernels.start(text(fields, "name"), dirname(join(".", path)));
  }

  async #shutdown({ id }: LabKernel): Promise<void> {
    try {
      await this.#kernels.shutdown(id);
    } catch (error) {
      // Somebody else was quicker.
      if (!(error instanceof Problem && error.status === 404)) throw error;
    }
  }
}

export function sessionApi(app: FastifyInstance, kernels: Kernels): void {
  const sessions = new Sessions(kernels);

  app.get("/api/sessions", () => Promise.all(sessions.alive.map(modelOf)));

  app.post("/api/sessions", async ({ body }, reply) => {
    const fields = fieldsOf(body);
    const path = text(fields, "path") ?? "";
    const type = text(fields, "type");
    if (path === "" || type === undefined) throw new Problem(400, 'A session needs "path" and "type"');
    const session = sessions.open(path, type, text(fields, "name") ?? "", fields.kernel);
    const model = await modelOf(session);
    return reply.code(201).header("Location", `/api/sessions/${session.id}`).send(model);
  });

  app.get<{ Params: { id: string } }>("/api/sessions/:id", ({ params }) => modelOf(sessions.get(params.id)));

  app.patch<{ Params: { id: string } }>("/api/sessions/:id", async ({ params, body }) => {
    const session = sessions.get(params.id);
    const fields = fieldsOf(body);
    session.path = text(fields, "path") ?? session.path;
    session.name = text(fields, "name") ?? session.name;
    session.type = text(fields, "type") ?? session.type;
    if (fields.kernel !== undefined && fields.kernel !== null) {
      await sessions.changeKernel(session, fields.kernel);
    }
    return modelOf(session);
  });

  app.delete<{ Params: { id: string } }>("/api/sessions/:id", async ({ params }, reply) => {
    await sessions.delete(params.id);
    return reply.code(204).send();
  });
}

/** As Jupyter Server describes a session. */
async function modelOf({ id, path, name, type, kernel }: Session): Promise<Record<string, unknown>> {
  const { model } = await kernel;
  return {
    id,
    path,
    name,
    type,
    kernel: model,
    ...(type === "notebook" ? { notebook: { path, name } } : {}),
  };
}

/** A field that is text; `undefined` when it is missing or null. @throws Problem when it is anything else */
function text(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new Problem(400, `"${name}" is not a text`);
}
