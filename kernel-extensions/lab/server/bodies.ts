/** How the bodies of requests are read: JSON, whatever the client calls it, and bounded. */
import type { FastifyInstance } from "fastify";
import type { Limits } from "./limits.js";
import { Problem } from "./problem.js";

/** JupyterLab sends JSON as `text/plain` or with no type at all, and JSON requests with an empty body. */
export function readBodies(app: FastifyInstance, limits: Limits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  );
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    if ((body as string).trim() === "") return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch (error) {
      done(new Problem(400, `The body is not JSON: ${(error as Error).message}`));
    }
  });
  boundBodies(app, limits);
}

/** Bodies are held in memory: only so many bytes of them at a time. */
function boundBodies(app: FastifyInstance, { body, bodiesAtOnce }: Limits): void {
  let held = 0;
  app.addHook("preParsing", async (request, reply, payload) => {
    const declared = request.headers["content-length"];
    // The login form's is small: nobody without the token can take the room.
    const most = Math.min(body, request.routeOptions.bodyLimit);
    const size =
      declared === undefined ? (request.headers["transfer-encoding"] ? most : 0) : Number(declared);
    if (size === 0 || size > most) return payload;
    if (held + size > bodiesAtOnce) {
      throw new Problem(503, "Too many large requests at one time: try again in a moment", "busy");
    }
    held += size;
    reply.raw.once("close", () => {
      held -= size;
    });
    return payload;
  });
}

/** The body as a record of fields. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body !== "object" || Array.isArray(body))
    throw new Problem(400, "The body is not a JSON object");
  return body as Record<string, unknown>;
}
