/**
 * Which names a request may call this server by. A page of another site can point its own name at 127.0.0.1 (DNS
 * rebinding) and is then of the same origin as we for the browser: only the Host header tells.
 */
import { isIP } from "node:net";
import { hostname } from "node:os";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/**
 * @param header The Host header.
 * @param host The address that the server was asked to listen on. An address that stands for all of them (`0.0.0.0`)
 *   admits every numeric one, which nobody can rebind, and this machine's own name.
 *
 * Any port is right: behind a tunnel (`ssh -L 9999:localhost:8888`) the browser's port is another one than ours, and
 * whoever can choose the port still has to be on one of these hosts.
 */
export function isOurHost(header: string | undefined, host: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:[\]@/\\?#\s]+)(:\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (loopback.includes(name) || name === inUrl(host).toLowerCase()) return true;
  const everywhere = host === "0.0.0.0" || host === "::";
  return everywhere && (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === hostname().toLowerCase());
}

/** An address as it stands in a URL: IPv6 ones in brackets. */
export function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
