import { createServer } from "node:net";
import { CommandError } from "../command.js";

/** @throws CommandError when a program cannot listen on that port of this machine. */
export async function requirePort(port: number): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
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
  if (code === undefined) return;
  const why = code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${code})`;
  throw new CommandError(`port ${String(port)} ${why}: choose another with --port`);
}
