/**
 * The connection file: where the kernel listens and the key that signs every message
 * (Jupyter docs, "Making kernels for Jupyter", section "Connection files").
 */

export type Channel = "shell" | "control" | "stdin" | "iopub" | "hb";

export interface Connection {
  transport: "tcp" | "ipc";
  ip: string;
  ports: Record<Channel, number>;
  /** Empty: messages are not signed. */
  key: string;
  signatureScheme: string;
}

/** A connection file that cannot be used; the message is one line, fit to print. */
export class ConnectionFileError extends Error {
  override readonly name = "ConnectionFileError";
}

const channels: readonly Channel[] = ["shell", "control", "stdin", "iopub", "hb"];

/** Reads the JSON text of a connection file. Throws a {@link ConnectionFileError} that names the bad field. */
export function parseConnection(text: string): Connection {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new ConnectionFileError(`not JSON: ${(error as Error).message}`);
  }
  if (typeof file !== "object" || file === null || Array.isArray(file)) {
    throw new ConnectionFileError("must hold a JSON object");
  }
  const fields = file as Record<string, unknown>;
  const transport = fields.transport ?? "tcp";
  if (transport !== "tcp" && transport !== "ipc") {
    throw new ConnectionFileError(`"transport" must be "tcp" or "ipc", got ${JSON.stringify(transport)}`);
  }
  return {
    transport,
    ip: string(fields, "ip"),
    key: string(fields, "key", ""),
    signatureScheme: string(fields, "signature_scheme", "hmac-sha256"),
    ports: Object.fromEntries(
      channels.map((channel) => [channel, port(fields, `${channel}_port`)]),
    ) as Record<Channel, number>,
  };
}

/** The ZeroMQ address of a channel. */
export function endpoint(connection: Connection, channel: Channel): string {
  const { transport, ip } = connection;
  const port = connection.ports[channel];
  if (transport === "ipc") return `ipc://${ip}-${port}`;
  return `tcp://${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

function string(fields: Record<string, unknown>, name: string, fallback?: string): string {
  const value = fields[name] ?? fallback;
  if (typeof value === "string") return value;
  throw new ConnectionFileError(
    value === undefined ? `"${name}" is missing` : `"${name}" must be a string, got ${JSON.stringify(value)}`,
  );
}

function port(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (value === undefined) throw new ConnectionFileError(`"${name}" is missing`);
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536) return value;
  throw new ConnectionFileError(`"${name}" must be a port number, got ${JSON.stringify(value)}`);
}
