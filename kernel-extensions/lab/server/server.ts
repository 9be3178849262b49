/**
 * The embedded server: what JupyterLab asks for, on this machine only, for one folder of notebooks.
 * The requests are those of Jupyter Server's REST API (https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html)
 * and of JupyterLab Server (https://jupyterlab-server.readthedocs.io/en/stable/api/rest.html).
 */
import cookie from "@fastify/cookie";
import fastify, { type FastifyInstance } from "fastify";
import { mkdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../package-root.js";
import { apiRoutes } from "./api.js";
import { readBodies } from "./bodies.js";
import { contentsRoutes } from "./contents/routes.js";
import type { LabContext } from "./context.js";
import { answerErrors, answerOf } from "./errors.js";
import { exportRoutes } from "./exports/routes.js";
import { filesRoutes } from "./files.js";
import { kernelRoutes } from "./kernels/index.js";
import { type Limits, limits as usualLimits } from "./limits.js";
import { listen } from "./listen.js";
import { pageRoutes, startPath } from "./page.js";
import { Problem } from "./problem.js";
import { Gate } from "./security/gate.js";
import { setSecurityHeaders } from "./security/headers.js";
import { inUrl } from "./security/host.js";
import { guard } from "./security/login.js";
import { makeToken } from "./security/secrets.js";
import { settingsRoutes } from "./settings.js";
import { staticRoutes } from "./static.js";
import { translationsRoutes } from "./translations.js";
import { acceptUpgrades } from "./upgrades.js";
import { workspacesRoutes } from "./workspaces.js";

export interface LabOptions {
  /** The folder to serve. */
  root: string;
  /** What the Lab opens first: a path inside `root`. */
  open?: string;
  /** Default: the first free one from 8888 upward. */
  port?: number;
  /** The address to listen on. Default: this machine alone, `127.0.0.1`. */
  host?: string;
  /** Default: 24 random bytes. */
  token?: string;
  /** Where settings, workspaces, trust and deleted files are kept; made when it is not there. */
  state: string;
  /** The built front end. Default: this package's `dist/lab`. */
  frontend?: string;
  log?: (line: string) => void;
  /** Bounds that differ from {@link usualLimits}. */
  limits?: Partial<Limits>;
}

export interface LabServer {
  /** With the token: whoever opens it is let in. */
  url: string;
  port: number;
  token: string;
  /** Ends the kernels, lets requests in progress finish, closes every connection. May be called again. */
  close(): Promise<void>;
}

export async function startLabServer(options: LabOptions): Promise<LabServer> {
  const context = contextOf(options);
  const { token, log } = context;
  const host = options.host ?? "127.0.0.1";
  const limits: Limits = { ...usualLimits, ...options.limits };
  const app = makeApp(limits);
  let port = 0;
  const gate = new Gate({ token, host, port: () => port });

  await app.register(cookie);
  setSecurityHeaders(app);
  answerErrors(app, log);
  guard(app, gate);
  readBodies(app, limits);
  const parts = [
    pageRoutes,
    staticRoutes,
    apiRoutes,
    contentsRoutes,
    filesRoutes,
    exportRoutes,
    settingsRoutes,
    workspacesRoutes,
    translationsRoutes,
  ];
  for (const part of parts) part(app, context);
  const kernels = kernelRoutes(app, context);
  const cutUpgraded = acceptUpgrades(app.server, gate, kernels.upgrade.bind(kernels), log);

  port = await listen(app, host, options.port);
  let closing: Promise<void> | undefined;
  return {
    url: `http://${inUrl(host)}:${port}${startPath(options.open)}?token=${token}`,
    port,
    token,
    close: () => (closing ??= close(app, cutUpgraded, limits.closingTime)),
  };
}

function makeApp(limits: Limits): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.body,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.keepAliveTime,
    routerOptions: { maxParamLength: 8192 },
    // The names of the framework's version and errors are nobody's business.
    // Such as an address that cannot be decoded: no hook has run by then, so nothing but this is said.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { "Content-Type": "application/json" });
      reply.raw.end(JSON.stringify(answerOf(new Problem(400, "Malformed address"))));
    },
    http: {
      headersTimeout: limits.headersTime,
      connectionsCheckingInterval: limits.checkInterval,
      maxHeaderSize: 16 * 1024,
    },
  });
  app.server.maxConnections = limits.connections;
  return app;
}

function contextOf(options: LabOptions): LabContext {
  // As `realpath` in paths.ts spells it: on disks that ignore case the other function keeps the given spelling.
  const root = realpathSync.native(options.root);
  if (!statSync(root).isDirectory()) throw new Error(`${options.root} is not a folder.`);
  mkdirSync(options.state, { recursive: true, mode: 0o700 });
  return {
    root,
    state: options.state,
    frontend: options.frontend ?? join(packageRoot(), "dist", "lab"),
    token: options.token ?? makeToken(),
    log: options.log ?? (() => undefined),
    ...(options.open === undefined ? {} : { open: options.open }),
  };
}

async function close(app: FastifyInstance, cutUpgraded: () => void, patience: number): Promise<void> {
  const cut = setTimeout(() => {
    cutUpgraded();
    app.server.closeAllConnections();
  }, patience);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    cutUpgraded();
  }
}
