/** Headers of every answer that keep a browser from doing more with it than meant. */
import type { FastifyInstance } from "fastify";

/** Nobody else may frame our pages; nothing is reported anywhere. As Jupyter Server has it. */
export const pagePolicy = "frame-ancestors 'self'; base-uri 'self'; form-action 'self'";

/** A learner's file is shown as of an origin of its own: its scripts run, but cannot reach this server's pages. */
export const filePolicy = `${pagePolicy}; sandbox allow-scripts`;

export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers({
      "Content-Security-Policy": pagePolicy,
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    });
  });
}
