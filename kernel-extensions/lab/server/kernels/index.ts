/** Kernels, the sessions that use them, the kinds there are, and the websockets to them. */
import type { FastifyInstance } from "fastify";
import type { LabContext, LabPart } from "../context.js";
import { Kernels, kernelApi } from "./kernels.js";
import { kernelspecRoutes } from "./kernelspecs.js";
import { kernelLimits, type KernelLimits } from "./limits.js";
import { sessionApi } from "./sessions.js";

export type { Kernels } from "./kernels.js";

export const kernelRoutes = ((
  app: FastifyInstance,
  context: LabContext,
  limits: Partial<KernelLimits> = {},
) => {
  const kernels = new Kernels(context, { ...kernelLimits, ...limits });
  kernelspecRoutes(app);
  kernelApi(app, kernels);
  sessionApi(app, kernels);
  // Before the server waits for its connections to end: the kernels' are open as long as they run.
  app.addHook("preClose", () => kernels.close());
  return kernels;
}) satisfies LabPart<Kernels>;
