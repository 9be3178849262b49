/** The kernel part of the built server in a process of its own, to be killed. Prints its port and the id of one kernel. */
import fastify from "fastify";
import { readBodies } from "../../../../../dist/kernel-extensions/lab/server/bodies.js";
import { kernelRoutes } from "../../../../../dist/kernel-extensions/lab/server/kernels/index.js";
import { limits } from "../../../../../dist/kernel-extensions/lab/server/limits.js";

const root = process.argv[2];
const app = fastify();
readBodies(app, limits);
const kernels = kernelRoutes(app, { root, frontend: root, state: root, token: "", log: () => undefined });
app.server.on("upgrade", (request, socket, head) => kernels.upgrade(request, socket, head));
await app.listen({ port: 0, host: "127.0.0.1" });
const kernel = await app.inject({ method: "POST", url: "/api/kernels" });
process.stdout.write(JSON.stringify([app.server.address().port, kernel.json().id]));
