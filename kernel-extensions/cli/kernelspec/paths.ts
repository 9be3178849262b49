/**
 * Jupyter's data folders, found without Jupyter.
 * Source: https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

type Environment = Record<string, string | undefined>;

/** The user's own data folder. */
export function userDataDir(env: Environment = process.env, platform = process.platform): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  const home = env.HOME ?? homedir();
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME ?? join(home, ".local", "share"), "jupyter");
}

/** Every folder Jupyter looks into, first wins: asked for, the user's, the active Python's, the system's. */
export function dataPath(env: Environment = process.env, platform = process.platform): string[] {
  const asked = (env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const python = [env.VIRTUAL_ENV, env.CONDA_PREFIX]
    .filter((prefix) => prefix !== undefined)
    .map((prefix) => prefixDataDir(prefix));
  const system =
    platform === "win32"
      ? [join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...asked, userDataDir(env, platform), ...python, ...system];
}

/** The data folder of an installation prefix such as `/usr/local` or a virtual environment. */
export function prefixDataDir(prefix: string): string {
  return join(prefix, "share", "jupyter");
}
