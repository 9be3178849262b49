/** `/files/…`: the folder's files as they are, for pictures in notebooks, for downloads, for opening in a tab. */
import fastifyStatic from "@fastify/static";
import { basename, dirname } from "node:path";
import { attachmentNamed } from "./attachment.js";
import { ServedFolder, noSuch } from "./contents/paths.js";
import type { LabPart } from "./context.js";
import { queryOf } from "./security/gate.js";
import { filePolicy } from "./security/headers.js";

export const filesRoutes: LabPart = (app, context) => {
  const folder = new ServedFolder(context.root);
  void app.register(async (scope) => {
    await scope.register(fastifyStatic, { root: context.root, serve: false });
    scope.get<{ Params: { "*": string } }>("/files/*", async (request, reply) => {
      const { path, file, stats } = await folder.find(request.params["*"]);
      if (!stats.isFile()) throw noSuch(path);
      // A page among the files must not act as this server's page.
      reply.header("Content-Security-Policy", filePolicy);
      reply.header("Cache-Control", "no-cache");
      const name = path.slice(path.lastIndexOf("/") + 1);
      if (queryOf(request.url).has("download")) {
        reply.header("Content-Disposition", attachmentNamed(name));
      }
      if (name.endsWith(".ipynb")) reply.type("application/x-ipynb+json");
      return reply.sendFile(basename(file), dirname(file), { cacheControl: false, dotfiles: "allow" });
    });
  });
};
