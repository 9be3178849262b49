/** Websockets: the same checks as for requests, then handed to who speaks on them. */
import type { Server, IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { printable, problemOf } from "./errors.js";
import { type Log, seldom } from "./log.js";
import type { Problem } from "./problem.js";
import type { Gate } from "./security/gate.js";

/** Takes over the connection, or says `false` when the path is not one of its own. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Returns what cuts every connection that is still open. */
export function acceptUpgrades(server: Server, gate: Gate, upgrade: Upgrade, log: Log): () => void {
  const logRefusal = seldom(log);
  const open = new Set<Duplex>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A connection may break at any time; who speaks on it hears of it by its own handlers.
    socket.on("error", () => socket.destroy());
    try {
      gate.checkSender(request);
      gate.checkClient(request);
      if (!upgrade(request, socket, head)) refuse(socket, 404);
    } catch (error) {
      const problem = problemOf(error as Error);
      const line = `websocket ${pathOf(request)}: ${problem.status} ${describe(problem, error as Error)}`;
      if (problem.status >= 500) log(line);
      else logRefusal(problem.reason ?? "forbidden", line);
      refuse(socket, problem.status);
    }
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

function refuse(socket: Duplex, status: number): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  socket.end(head, () => socket.destroy());
}

function describe(problem: Problem, error: Error): string {
  return problem.status >= 500 ? (error.stack ?? error.message) : problem.message;
}

function pathOf(request: IncomingMessage): string {
  return printable((request.url ?? "").split("?", 1)[0]!);
}
