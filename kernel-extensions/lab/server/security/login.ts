/** From the token to the cookie: by the printed address, or by pasting the token into a form. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Gate, queryOf, xsrfCookie } from "./gate.js";
import { isFollowedLink } from "./origin.js";
import { makeToken } from "./secrets.js";

const loginPath = "/login";
/** Bytes: anybody may send one. */
const longestForm = 4096;

/** Refuses whoever may not come in: pages are sent to the login form, everything else gets an error. */
export function guard(app: FastifyInstance, gate: Gate): void {
  app.addHook("onRequest", async (request, reply) => {
    gate.checkSender(request.raw);
    if (pathOf(request) === loginPath) return;
    if (isPage(request)) return welcome(request, reply, gate);
    gate.checkClient(request.raw);
  });

  app.post(`${loginPath}/ticket`, () => ({ ticket: gate.makeTicket() }));

  app.get(loginPath, async (_request, reply) => reply.type("text/html").send(form()));

  app.post(loginPath, { bodyLimit: longestForm }, async (request, reply) => {
    const fields = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    if (!gate.knows(fields.get("token")?.trim() ?? "")) {
      return reply.code(403).type("text/html").send(form("This is not the token of this server."));
    }
    setCookies(request, reply, gate);
    return reply.redirect(localPath(queryOf(request.url).get("next")), 303);
  });
}

async function welcome(request: FastifyRequest, reply: FastifyReply, gate: Gate): Promise<unknown> {
  const query = queryOf(request.url);
  if (gate.knows(query.get("token") ?? "") || gate.redeem(query.get("ticket") ?? "")) {
    setCookies(request, reply, gate);
    query.delete("token");
    query.delete("ticket");
    const rest = query.toString();
    return sendOn(request, reply, pathOf(request) + (rest && `?${rest}`));
  }
  try {
    gate.checkClient(request.raw);
  } catch {
    // A browser that followed a link from another site holds the cookie back; from our own page it sends it.
    if (isFollowedLink(request.headers)) return sendOn(request, reply, request.url);
    return reply.redirect(`${loginPath}?next=${encodeURIComponent(pathOf(request))}`, 302);
  }
  if (!gate.hasXsrf(request.raw)) setXsrf(reply);
  return undefined;
}

function setCookies(request: FastifyRequest, reply: FastifyReply, gate: Gate): void {
  reply.setCookie(gate.cookieName, gate.cookieValue, { path: "/", httpOnly: true, sameSite: "strict" });
  if (!gate.hasXsrf(request.raw)) setXsrf(reply);
}

/** Readable by our pages' scripts, which is the point: a foreign page cannot read it. */
function setXsrf(reply: FastifyReply): void {
  reply.setCookie(xsrfCookie, makeToken(), { path: "/", sameSite: "strict" });
}

/** To another of our addresses, as if from one of our pages where a redirect would still count as another site's. */
function sendOn(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
  const to = localPath(path);
  if (!isFollowedLink(request.headers)) return reply.redirect(to, 302);
  const refresh = `<meta http-equiv="refresh" content="0; url=${escapeHtml(to)}">`;
  return reply.type("text/html").send(page(refresh, `<a href="${escapeHtml(to)}">Open JupyterLab</a>`));
}

/** Only a path of this server: `//elsewhere` and `/\elsewhere` are other hosts for a browser. */
function localPath(path: string | null): string {
  return path !== null && /^\/(?![/\\])[^\\\s]*$/.test(path) && !path.startsWith(loginPath) ? path : "/lab";
}

function isPage(request: FastifyRequest): boolean {
  return request.method === "GET" && /^\/$|^\/(lab|doc)(\/(?!api\/)|$)/.test(pathOf(request));
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0]!;
}

function form(problem = ""): string {
  return page(
    "<title>Token</title>",
    `<h1>JupyterLab</h1>
<p role="alert">${escapeHtml(problem)}</p>
<p>Paste the token: it is in the address that <code>arl start</code> printed, after <code>token=</code>.</p>
<form method="post"><label>Token <input name="token" type="password" size="52" autocomplete="off" required autofocus></label>
<button>Open</button></form>`,
  );
}

function page(head: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
${head}
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }</style>
</head><body>
${body}
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
