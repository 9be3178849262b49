/** The one HTML page, with what the front end must know written into it. */
import type { FastifyRequest } from "fastify";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageVersion } from "../../package-root.js";
import type { LabContext, LabPart } from "./context.js";
import { Problem } from "./problem.js";

/** Where the front end's page wants its options. */
const configMark = "__PAGE_CONFIG__";

export const pageRoutes: LabPart = (app, context) => {
  app.get("/", async (_request, reply) => reply.redirect(startPath(context.open)));

  for (const mode of ["lab", "doc"]) {
    for (const url of [
      `/${mode}`,
      `/${mode}/`,
      `/${mode}/tree`,
      `/${mode}/tree/*`,
      `/${mode}/workspaces/*`,
    ]) {
      app.get(url, async (request, reply) =>
        reply.type("text/html").header("Cache-Control", "no-store").send(render(context, request)),
      );
    }
  }
};

/** The address that opens a notebook. */
export function startPath(open: string | undefined): string {
  return open === undefined ? "/lab" : `/lab/tree/${open.split("/").map(encodeURIComponent).join("/")}`;
}

/** Read anew each time: the front end may be built while the server runs. */
function render(context: LabContext, request: FastifyRequest): string {
  const template = join(context.frontend, "static", "index.html");
  let html: string;
  try {
    html = readFileSync(template, "utf8");
  } catch {
    throw new Problem(503, "JupyterLab has not been built yet: run `npm start`, which builds it");
  }
  // "<" could end the script element that holds it.
  const config = JSON.stringify(pageConfig(context, request)).replaceAll("<", "\\u003c");
  return html.replace(configMark, () => config);
}

/** JupyterLab's page options: those that it asks for, and where each part of the server answers. */
function pageConfig(context: LabContext, request: FastifyRequest): Record<string, unknown> {
  const urls = {
    appUrl: "/lab",
    staticUrl: "/static/lab",
    settingsUrl: "/lab/api/settings",
    themesUrl: "/lab/api/themes",
    translationsApiUrl: "/lab/api/translations",
    workspacesApiUrl: "/lab/api/workspaces",
    treeUrl: "/lab/tree",
  };
  const full = Object.entries(urls).map(([name, url]) => [
    `full${name[0]!.toUpperCase()}${name.slice(1)}`,
    url,
  ]);
  return {
    ...urls,
    ...Object.fromEntries(full),
    appName: "JupyterLab",
    appNamespace: "lab",
    appVersion: packageVersion(),
    baseUrl: "/",
    wsUrl: "",
    // The cookie is what lets the page in.
    token: "",
    ...positionOf(request),
    preferredPath: "/",
    serverRoot: context.root,
    rootUri: "",
    cacheFiles: true,
    delete_to_trash: true,
    allow_hidden_files: false,
    terminalsAvailable: false,
    quitButton: false,
    buildAvailable: false,
    buildCheck: false,
    exposeAppInBrowser: true,
    disabledExtensions: [],
    deferredExtensions: [],
    federated_extensions: [],
    ignorePlugins: [],
  };
}

/** What the address says: `/lab/workspaces/<name>/tree/<path>`. */
function positionOf(request: FastifyRequest): { mode: string; workspace: string; treePath: string } {
  const rest = (request.params as { "*"?: string })["*"] ?? "";
  const [, mode, kind] = request.url.split("?", 1)[0]!.split("/");
  const inWorkspace = kind === "workspaces";
  const [name = "default"] = inWorkspace ? rest.split("/") : [];
  const workspace = name || "default";
  return {
    mode: mode === "doc" ? "single-document" : "multiple-document",
    workspace,
    treePath: inWorkspace ? rest.slice(name.length).replace(/^\/tree\/?/, "") : rest,
  };
}
