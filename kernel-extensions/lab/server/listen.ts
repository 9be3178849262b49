/** Finding a free port. */
import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.js";

const firstPort = 8888;
const tries = 50;

/**
 * Listens on the port that was asked for, or on the first free one from 8888 upward, and returns it.
 * @throws when the port that was asked for is taken or may not be used.
 */
export async function listen(app: FastifyInstance, host: string, port: number | undefined): Promise<number> {
  const ports =
    port === undefined ? Array.from({ length: tries }, (_, i) => firstPort + i).concat(0) : [port];
  for (const candidate of ports) {
    try {
      await app.listen({ host, port: candidate });
      const address = app.server.address();
      return typeof address === "object" && address ? address.port : candidate;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // Windows keeps whole ranges of ports for itself, and says so with EACCES.
      if (port === undefined && (code === "EADDRINUSE" || code === "EACCES")) continue;
      throw new Error(explain(host, candidate, code) ?? message, { cause: error });
    }
  }
  throw new Problem(500, `No free port was found on ${host}`);
}

function explain(host: string, port: number, code: string | undefined): string | undefined {
  if (code === "EADDRINUSE") return `Port ${port} is taken by another program: choose another with --port.`;
  if (code === "EACCES") return `Port ${port} may not be used by this user: choose another with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `${host} is no address of this machine.`;
  return undefined;
}
