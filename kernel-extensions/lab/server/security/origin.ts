/** Which pages may make a browser send requests here: only our own. */
import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether the browser says that the request comes from one of our pages. Programs send neither header and pass: they
 * have no cookie that a foreign page could ride on.
 *
 * The Host header must have been checked before: it is what the origin is compared with.
 */
export function isOurOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return origin === undefined || origin.toLowerCase() === `http://${host ?? ""}`.toLowerCase();
}

/**
 * Whether another site's page makes the browser send this. The browser says so itself in `Sec-Fetch-Site`, and a
 * page on another port of this machine, which gets our cookies sent, is `same-site` only. A link that is followed is
 * no such use: the foreign page sees nothing of what comes back.
 */
export function isForeignUse(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return headers["sec-fetch-mode"] !== "navigate" || headers["sec-fetch-dest"] !== "document";
}

/** Whether a followed link brought the browser here from another site: it then holds `SameSite=Strict` cookies back. */
export function isFollowedLink(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-site"] === "cross-site" && headers["sec-fetch-mode"] === "navigate";
}
