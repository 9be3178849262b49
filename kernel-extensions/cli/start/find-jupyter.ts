/** The JupyterLab that is installed on this machine. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findOnPath } from "../../on-path.js";
import { userDataDir } from "../kernelspec/paths.js";

export interface Jupyter {
  /** The program, and the arguments before any other. */
  readonly command: string;
  readonly args: readonly string[];
  /** What it says it is, such as `4.4.1`. */
  readonly version: string;
}

/** JupyterLab, or one line about why there is none to use; neither where none is installed. */
export type FoundJupyter =
  | { readonly jupyter: Jupyter; readonly problem?: undefined }
  | { readonly jupyter: undefined; readonly problem: string | undefined };

/** The first JupyterLab whose shared libraries the figures' renderer is made for. */
const oldest = 4;

/** Looks for `jupyter-lab`, then for `jupyter lab`, on PATH. */
export async function findJupyter(): Promise<FoundJupyter> {
  let problem: string | undefined;
  for (const [name, args] of [
    ["jupyter-lab", []],
    ["jupyter", ["lab"]],
  ] as const) {
    const command = findOnPath(name);
    if (command === undefined) continue;
    const said = await output(command, [...args, "--version"]);
    const version = /^\d+\.\d+[^\s]*/m.exec(said ?? "")?.[0];
    const called = [command, ...args].join(" ");
    if (version === undefined) {
      // `jupyter` without a Lab is no broken Lab.
      if (name === "jupyter-lab") problem ??= `${called} does not start here (see ${called} --version)`;
    } else if (Number.parseInt(version) < oldest) {
      problem ??= `${called} is JupyterLab ${version}, and the lessons need ${String(oldest)} or newer`;
    } else {
      return { jupyter: { command, args, version } };
    }
  }
  return { jupyter: undefined, problem };
}

/** This user's Jupyter data folder, as this Jupyter sees it. */
export async function jupyterDataDir({ command }: Jupyter): Promise<string> {
  // Debian has a jupyter-lab without a `jupyter`.
  const beside = join(dirname(command), process.platform === "win32" ? "jupyter.exe" : "jupyter");
  if (!process.env.JUPYTER_DATA_DIR && existsSync(beside)) {
    const said = (await output(beside, ["--data-dir"]))?.trim();
    if (said) return said;
  }
  return userDataDir();
}

/** Whether a program can only be started through a shell. */
export const needsShell = (command: string): boolean => /\.(cmd|bat)$/i.test(command);

/** What a program printed; `undefined` when it failed. */
function output(command: string, args: readonly string[]): Promise<string | undefined> {
  const shell = needsShell(command);
  return new Promise((resolve) => {
    execFile(shell ? `"${command}"` : command, args, { timeout: 30_000, shell }, (error, stdout) => {
      resolve(error ? undefined : stdout);
    });
  });
}
