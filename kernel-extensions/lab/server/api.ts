/** The small questions that JupyterLab asks of any server. */
import { userInfo } from "node:os";
import { relative, resolve, sep } from "node:path";
import { packageVersion } from "../../package-root.js";
import { ServedFolder } from "./contents/paths.js";
import type { LabPart } from "./context.js";
import { Problem } from "./problem.js";
import { queryOf } from "./security/gate.js";

export const apiRoutes: LabPart = (app, context) => {
  const folder = new ServedFolder(context.root);

  app.get("/api", () => ({ version: packageVersion() }));
  app.get("/api/me", () => ({ identity: identity(), permissions: {} }));

  /** Which file of the folder a path in some output means. */
  app.get("/api/resolvePath", async (request) => {
    const path = queryOf(request.url).get("path");
    if (path === null) throw new Problem(400, "path is missing");
    const found = relative(context.root, resolve(context.root, path)).split(sep).join("/");
    return { resolved: (await folder.has(found)) ? [{ scope: "server", path: found }] : [] };
  });
};

function identity() {
  let name = "learner";
  try {
    name = userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
  }
  const initials = name.slice(0, 1).toUpperCase();
  return { username: name, name, display_name: name, initials, avatar_url: null, color: null };
}
