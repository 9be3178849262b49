/** The kernels that run, and the websockets to them. */
import type { FastifyInstance } from "fastify";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { dirname, join } from "node:path/posix";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { fieldsOf } from "../bodies.js";
import type { LabContext } from "../context.js";
import { ServedFolder } from "../contents/paths.js";
import { Problem } from "../problem.js";
import { LabKernel } from "./kernel.js";
import { kernelSpecOf } from "./kernelspecs.js";
import type { KernelLimits } from "./limits.js";
import { v1Protocol } from "./wire.js";

export class Kernels {
  readonly #context: LabContext;
  readonly #limits: KernelLimits;
  readonly #folder: ServedFolder;
  readonly #all = new Map<string, LabKernel>();
  readonly #sockets: WebSocketServer;
  /** Sockets on which no events come. */
  readonly #silent = new Set<WebSocket>();
  /** Called with the id of a kernel that was shut down. */
  onShutdown: (id: string) => void = () => undefined;

  constructor(context: LabContext, limits: KernelLimits) {
    this.#context = context;
    this.#limits = limits;
    this.#folder = new ServedFolder(context.root);
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.request,
      handleProtocols: (offered) => (offered.has(v1Protocol) ? v1Protocol : false),
    });
  }

  /** Those that run. */
  get running(): LabKernel[] {
    return [...this.#all.values()].filter(({ isDead }) => !isDead);
  }

  /** One that runs, or died a short while ago: its model says why. @throws Problem */
  get(id: string): LabKernel {
    const kernel = this.#all.get(id);
    if (!kernel) throw new Problem(404, `Kernel does not exist: ${id}`);
    return kernel;
  }

  /**
   * Starts a kernel; resolves when its process runs.
   * @param folder where it works, a path in the served folder; the next one above when that does not exist
   * @throws Problem
   */
  async start(name: string | undefined, folder: string): Promise<LabKernel> {
    const spec = kernelSpecOf(name);
    const cwd = await this.#existing(folder);
    const { kernels: limit } = this.#limits;
    if (this.running.length >= limit) {
      throw new Problem(
        503,
        `${limit} kernels run already: shut one down first (Running Terminals and Kernels)`,
      );
    }
    const dead = [...this.#all.values()].filter(({ isDead }) => isDead);
    for (const { id } of dead.slice(0, -limit)) this.#all.delete(id);
    const kernel = new LabKernel(spec, cwd, this.#limits, this.#context.log);
    this.#all.set(kernel.id, kernel);
    try {
      await kernel.start();
    } catch (error) {
      this.#all.delete(kernel.id);
      throw error;
    }
    return kernel;
  }

  /** @throws Problem */
  async shutdown(id: string): Promise<void> {
    const kernel = this.get(id);
    this.#all.delete(id);
    this.onShutdown(id);
    await kernel.shutdown();
  }

  async close(): Promise<void> {
    for (const socket of this.#silent) socket.terminate();
    await Promise.all([...this.#all.keys()].map((id) => this.shutdown(id)));
  }

  /** Takes over a connection that wants to be a websocket, when its path is one of ours. @throws Problem */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [pathname = "", query = ""] = (request.url ?? "").split("?", 2);
    if (pathname === "/api/events/subscribe") {
      this.#sockets.handleUpgrade(request, socket, head, (events) => {
        this.#keepSilent(events);
      });
      return true;
    }
    const id = /^\/api\/kernels\/([\w-]+)\/channels$/.exec(pathname)?.[1];
    if (id === undefined) return false;
    const kernel = this.get(id);
    if (kernel.isDead) throw new Problem(410, `Kernel is dead: ${id}`);
    const session = new URLSearchParams(query).get("session_id") || randomUUID();
    if (!kernel.hasRoomFor(session)) throw new Problem(503, "Too many clients of this kernel");
    this.#sockets.handleUpgrade(request, socket, head, (channels) => {
      kernel.connect(session, channels);
    });
    return true;
  }

  /** JupyterLab wants to hear of events; there are none. */
  #keepSilent(events: WebSocket): void {
    this.#silent.add(events);
    let answered = true;
    const watch = setInterval(() => {
      if (!answered) events.terminate();
      answered = false;
      events.ping();
    }, this.#limits.pongTime);
    events.on("pong", () => (answered = true));
    events.on("error", () => undefined); // "close" follows.
    events.on("close", () => {
      clearInterval(watch);
      this.#silent.delete(events);
    });
  }

  async #existing(folder: string): Promise<string> {
    for (let path = folder; ; path = dirname(path)) {
      if (path === "." || path === "/" || path === "") return this.#context.root;
      const entry = await this.#folder.find(path).catch(() => undefined);
      if (entry?.stats.isDirectory()) return entry.file;
    }
  }
}

export function kernelApi(app: FastifyInstance, kernels: Kernels): void {
  app.get("/api/kernels", () => kernels.running.map(({ model }) => model));

  app.post("/api/kernels", async ({ body }, reply) => {
    const { name, path } = fieldsOf(body);
    const folder = typeof path === "string" ? join(".", path) : ".";
    const { model } = await kernels.start(typeof name === "string" ? name : undefined, folder);
    return reply.code(201).header("Location", `/api/kernels/${model.id}`).send(model);
  });

  app.get<{ Params: { id: string } }>("/api/kernels/:id", ({ params }) => kernels.get(params.id).model);

  app.delete<{ Params: { id: string } }>("/api/kernels/:id", async ({ params }, reply) => {
    await kernels.shutdown(params.id);
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>("/api/kernels/:id/interrupt", ({ params }, reply) => {
    kernels.get(params.id).interrupt();
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>("/api/kernels/:id/restart", async ({ params }) => {
    const kernel = kernels.get(params.id);
    await kernel.restart();
    return kernel.model;
  });
}
