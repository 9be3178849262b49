import { createServer } from "node:net";
import { CommandError } from "../command.js";

const firstPort = 8888;
const tries = 50;

/**
 * The port that was asked for, if it is free, else the first free one from 8888 upward.
 * @throws CommandError when the port that was asked for cannot be used, or none is free.
 */
export async function freePort(asked?: number): Promise<number> {
  const ports = asked === undefined ? Array.from({ length: tries }, (_, i) => firstPort + i) : [asked];
  for (const port of ports) {
    const code = await tryPort(port);
    if (code === undefined) return port;
    if (asked !== undefined) {
      const why = code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${code})`;
      throw new CommandError(`port ${String(asked)} ${why}: choose another --port, or leave it away`);
    }
  }
  const last = String(firstPort + tries - 1);
  throw new CommandError(`no port from ${String(firstPort)} to ${last} is free: choose one with --port`);
}

/** Why it cannot be listened on; `undefined` when it can. */
function tryPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}
