/** Starting the JupyterLab that comes with this package. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startLabServer } from "../../lab/server/server.js";
import { packageRoot } from "../../package-root.js";
import { CommandError } from "../command.js";
import type { Server, ServerOptions } from "./server.js";
import { makeStateFolder } from "./state.js";

/** @throws CommandError when there is no front end and none can be built, or the port is taken. */
export async function startEmbedded({ folder, open, port }: ServerOptions): Promise<Server> {
  await haveFrontend(packageRoot());
  process.stderr.write("Starting JupyterLab …\n");
  const state = await makeStateFolder("lab");
  try {
    const server = await startLabServer({
      ...{ root: folder, open, state },
      ...(port !== undefined && { port }),
      log: (line) => {
        process.stderr.write(`${line}\n`);
      },
    });
    return {
      url: new URL("/", server.url).href,
      port: server.port,
      token: server.token,
      ended: new Promise(() => undefined),
      close: () => server.close(),
      // Kernels end when the process that started them does.
      kill: () => undefined,
    };
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** In a clone the front end is built when it is not there; a published package has it. */
async function haveFrontend(root: string): Promise<void> {
  const builder = join(root, "kernel-extensions", "lab", "frontend", "build.mjs");
  if (!existsSync(builder)) {
    if (existsSync(join(root, "dist", "lab", "manifest.json"))) return;
    throw new CommandError(`${join(root, "dist", "lab")} is not there: install this package again`);
  }
  // Plain JavaScript outside of `dist`: it also runs before anything is compiled.
  const { isFrontendBuilt } = (await import(pathToFileURL(builder).href)) as {
    isFrontendBuilt: (root: string) => boolean;
  };
  if (isFrontendBuilt(root)) return;
  // In a process of its own: the half gigabyte that it takes is given back. It says itself what went wrong.
  const child = spawn(process.execPath, [builder], { stdio: ["ignore", 2, 2] });
  const kill = () => child.kill();
  process.once("exit", kill);
  const code = await new Promise((resolve) => {
    child.once("error", resolve);
    child.once("close", resolve);
  });
  process.off("exit", kill);
  if (code !== 0) throw new CommandError("there is no JupyterLab to open: see the lines above");
}
