/** The kernel part of the server by itself. */
import fastify, { type FastifyInstance } from "fastify";
import { randomUUID } from "node:crypto";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBodies } from "../../../../../kernel-extensions/lab/server/bodies.js";
import { answerErrors, problemOf } from "../../../../../kernel-extensions/lab/server/errors.js";
import { kernelRoutes } from "../../../../../kernel-extensions/lab/server/kernels/index.js";
import type { KernelLimits } from "../../../../../kernel-extensions/lab/server/kernels/limits.js";
import { limits as requestLimits } from "../../../../../kernel-extensions/lab/server/limits.js";
import { temporary } from "../../../cli/support.js";

type Json = Record<string, unknown>;

export interface TestServer {
  app: FastifyInstance;
  port: number;
  url: string;
  root: string;
  log: string[];
  /** @returns the answer's status and JSON */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }>;
  /** A new session with a kernel; its kernel's id. */
  startKernel(name?: string): Promise<string>;
}

export async function startServer(limits: Partial<KernelLimits> = {}): Promise<TestServer> {
  const app = fastify();
  const root = realpathSync(temporary());
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  readBodies(app, requestLimits);
  answerErrors(app, note);
  const kernels = kernelRoutes(app, { root, frontend: root, state: root, token: "", log: note }, limits);
  app.server.on("upgrade", (request, socket, head) => {
    try {
      if (!kernels.upgrade(request, socket, head)) socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    } catch (error) {
      socket.end(`HTTP/1.1 ${problemOf(error as Error).status} Refused\r\n\r\n`);
    }
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const api: TestServer["api"] = async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? {} : (JSON.parse(text) as Json) };
  };
  const startKernel = async (name?: string): Promise<string> => {
    const path = `${randomUUID()}.ipynb`;
    const kernel = name === undefined ? {} : { name };
    const { status, json } = await api("POST", "/api/sessions", {
      path,
      name: path,
      type: "notebook",
      kernel,
    });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    return (json as { kernel: { id: string } }).kernel.id;
  };
  return { app, port, url, root, log, api, startKernel };
}

/** Registers a kernel in a Jupyter data folder of its own. @returns that folder, for JUPYTER_PATH */
export function registerKernel(name: string, kernel: Record<string, unknown>): string {
  const data = temporary();
  const folder = join(data, "kernels", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "kernel.json"),
    JSON.stringify({ display_name: name, language: "x", ...kernel }),
  );
  return data;
}

/** Registers `bare-kernel.mjs` as "bare", to listen after `delayMs`. @returns the folder for JUPYTER_PATH */
export function registerBareKernel(delayMs = 0): string {
  const script = fileURLToPath(new URL("bare-kernel.mjs", import.meta.url));
  return registerKernel("bare", { argv: [process.execPath, script, "{connection_file}", String(delayMs)] });
}

export const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `${index}\n`).join("");
