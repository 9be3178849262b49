/** Decides of every request and every websocket whether it may come in. */
import { fastifyCookie } from "@fastify/cookie";
import type { IncomingMessage } from "node:http";
import { Problem } from "../problem.js";
import { isOurHost } from "./host.js";
import { isForeignUse, isOurOrigin } from "./origin.js";
import { derive, isSameSecret, makeToken } from "./secrets.js";

/** The name under which JupyterLab looks for the value that it then sends in `X-XSRFToken`. */
export const xsrfCookie = "_xsrf";
/** Ours, or the one that another Jupyter on this host has set: it only has to be the same twice, and no guess. */
const xsrfShape = /^[\w|:.=+/-]{16,256}$/;
/** How long a ticket is good. Milliseconds. */
const ticketTime = 60_000;
const reading = new Set(["GET", "HEAD", "OPTIONS"]);

export interface GateOptions {
  token: string;
  /** The address that the server was asked to listen on. */
  host: string;
  /** Part of the cookie's name, because cookies are shared by all ports of a host. */
  port: () => number;
}

export class Gate {
  readonly #token: string;
  readonly #host: string;
  readonly #port: () => number;
  /** When each ticket ends that was not used yet. */
  readonly #tickets = new Map<string, number>();
  /** What the cookie holds: proves that the browser once gave the token, and is not the token. */
  readonly cookieValue: string;

  constructor({ token, host, port }: GateOptions) {
    this.#token = token;
    this.#host = host;
    this.#port = port;
    this.cookieValue = derive(token, "cookie");
  }

  get cookieName(): string {
    return `agentic-rl-lab-${this.#port()}`;
  }

  /** Refuses what no client of ours sends, whoever it is. Before anything else. */
  checkSender({ headers, method }: IncomingMessage): void {
    if (!isOurHost(headers.host, this.#host)) {
      throw new Problem(403, "Not the name of this server: open it as http://localhost", "wrong host");
    }
    const changes = !reading.has(method ?? "");
    if (!isOurOrigin(headers) && (changes || headers.upgrade !== undefined)) {
      throw new Problem(403, "Requests from other sites are refused", "cross origin");
    }
    if (isForeignUse(headers))
      throw new Problem(403, "Requests from other sites are refused", "cross origin");
  }

  /** Refuses whoever does not know the token, and changes that a page asks for without our `_xsrf` value. */
  checkClient(request: IncomingMessage): void {
    const given = tokenOf(request);
    if (given !== undefined && this.knows(given)) return;
    const cookies = cookiesOf(request);
    if (!isSameSecret(cookies[this.cookieName] ?? "", this.cookieValue)) {
      throw new Problem(403, "No valid token: use the address that was printed at the start", "no token");
    }
    if (reading.has(request.method ?? "")) return;
    const sent = request.headers["x-xsrftoken"];
    const kept = cookies[xsrfCookie] ?? "";
    if (typeof sent !== "string" || !xsrfShape.test(kept) || !isSameSecret(sent, kept)) {
      throw new Problem(403, "The _xsrf value is missing or wrong: reload the page", "xsrf");
    }
  }

  knows(token: string): boolean {
    return token !== "" && isSameSecret(token, this.#token);
  }

  /**
   * Lets a browser in once, within a minute. For an address that is handed to a program: every user of the machine can
   * read a program's arguments, as long as it runs.
   */
  makeTicket(): string {
    const now = Date.now();
    for (const [ticket, end] of this.#tickets) if (end < now) this.#tickets.delete(ticket);
    const ticket = makeToken();
    this.#tickets.set(ticket, now + ticketTime);
    return ticket;
  }

  /** Whether the ticket is good; it is not any more afterwards. */
  redeem(ticket: string): boolean {
    const end = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return end !== undefined && Date.now() <= end;
  }

  /** Whether the browser has an `_xsrf` cookie that can stay: the pages of another server may need it. */
  hasXsrf(request: IncomingMessage): boolean {
    return xsrfShape.test(cookiesOf(request)[xsrfCookie] ?? "");
  }
}

/** `?token=…` or `Authorization: token …`, also `Bearer …`. */
function tokenOf({ headers, url }: IncomingMessage): string | undefined {
  const authorization = /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return authorization ?? queryOf(url).get("token") ?? undefined;
}

export function queryOf(url = ""): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : url.slice(start + 1));
}

/** The plugin must have been registered: it loads its parser then. */
function cookiesOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  return fastifyCookie.parse(headers.cookie ?? "");
}
