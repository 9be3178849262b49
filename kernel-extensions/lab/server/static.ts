/** What the front end's build made: scripts, styles, fonts, themes. */
import fastifyStatic from "@fastify/static";
import { basename, join } from "node:path";
import type { LabPart } from "./context.js";

/** Names with their content's hash never change what they hold. */
const hashed = /\.[0-9a-f]{8,}\./;

export const staticRoutes: LabPart = (app, context) => {
  const parts = [
    ["/static/lab/", "static"],
    ["/lab/api/themes/", "themes"],
  ] as const;
  for (const [prefix, folder] of parts) {
    // In a scope of its own, because each registration decorates replies with its own folder.
    void app.register(async (scope) => {
      await scope.register(fastifyStatic, {
        root: join(context.frontend, folder),
        prefix,
        index: false,
        decorateReply: false,
        cacheControl: false,
        setHeaders: (reply, path) => {
          const forever = hashed.test(basename(path));
          reply.header("Cache-Control", forever ? "private, max-age=31536000, immutable" : "no-cache");
        },
      });
    });
  }
  app.get("/favicon.ico", (_request, reply) => reply.code(204).send());
};
