/** Starting the JupyterLab that is installed, with our kernel and our figures in it. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installLabextension } from "../../lab/plotly-renderer/labextension.js";
import { CommandError } from "../command.js";
import { ForeignKernelSpec, installKernelSpec } from "../kernelspec/install.js";
import { endTree } from "./end-tree.js";
import { jupyterDataDir, needsShell, type Jupyter } from "./find-jupyter.js";
import { requirePort } from "./port.js";
import type { Server, ServerOptions } from "./server.js";

type Place = Pick<Server, "url" | "port" | "token">;

/** It says something when it takes longer than that to start. */
const slowMs = 20_000;

/**
 * Registers kernel and figures with this user's Jupyter, starts JupyterLab and waits until it listens.
 * @throws CommandError when it ends before that.
 */
export async function startJupyter(jupyter: Jupyter, options: ServerOptions): Promise<Server> {
  if (options.port !== undefined) await requirePort(options.port);
  const dataDir = await jupyterDataDir(jupyter);
  await register(dataDir);
  const token = randomBytes(24).toString("hex");
  const runtime = process.env.JUPYTER_RUNTIME_DIR ?? join(dataDir, "runtime");
  const child = spawnJupyter(jupyter, options, { JUPYTER_TOKEN: token, JUPYTER_RUNTIME_DIR: runtime });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", (error) => {
      reject(new CommandError(`${jupyter.command} could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      resolve(code === 0 || signal === "SIGTERM");
    });
  });
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    endTree(child.pid, name);
  };
  const kill = () => {
    signal("SIGKILL");
  };
  process.once("exit", kill);
  void ended.catch(() => undefined).then(() => process.off("exit", kill));
  return {
    ...(await listening(runtime, token, ended, child)),
    ...{ ended, kill },
    close: async () => {
      signal("SIGTERM");
      await ended.catch(() => undefined);
    },
  };
}

/** Without the kernel no lesson runs; without the figures' extension only they are missing. */
async function register(dataDir: string): Promise<void> {
  try {
    await installKernelSpec(dataDir);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(
      error instanceof ForeignKernelSpec
        ? `${message}: remove that folder, and the kernel of the lessons can be registered there`
        : `the kernel cannot be registered (${message}): set JUPYTER_DATA_DIR to a folder that can be written`,
    );
  }
  process.stderr.write(`The kernel is registered in ${dataDir}\n`);
  try {
    await installLabextension(dataDir);
  } catch (error) {
    process.stderr.write(`Figures may not be drawn: ${(error as Error).message}\n`);
  }
}

function spawnJupyter(
  { command, args }: Jupyter,
  { folder, open, port }: ServerOptions,
  env: Record<string, string>,
): ChildProcess {
  const options = [
    ...["--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.root_dir=."],
    // It takes the next ones when that one is taken, unless this one was asked for.
    ...(port === undefined ? [] : [`--ServerApp.port=${String(port)}`, "--ServerApp.port_retries=0"]),
    `--LabApp.default_url=/lab/tree/${open}`,
    "--log-level=WARN",
    // JupyterLab refuses to serve the superuser, which in a container everybody is.
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
  ];
  const shell = needsShell(command);
  return spawn(shell ? `"${command}"` : command, [...args, ...options], {
    cwd: folder,
    // The token is in the environment, because every user of the machine can read another's arguments.
    env: { ...process.env, ...env },
    // Its lines are no data. Without a terminal it asks nothing, and Ctrl-C reaches us alone.
    stdio: ["ignore", 2, 2],
    detached: process.platform !== "win32",
    windowsHide: true,
    shell,
  });
}

/**
 * Where it listens: what it says itself in a file of its runtime folder once it does, whatever this user's settings
 * made of the port and the address.
 * @throws CommandError when it ends first.
 */
async function listening(
  runtime: string,
  token: string,
  ended: Promise<boolean>,
  child: ChildProcess,
): Promise<Place> {
  const since = Date.now();
  let told = false;
  let over = false;
  const end = () => (over = true);
  void ended.then(end, end);
  for (;;) {
    const found = await findServer(runtime, { token, pid: child.pid, since });
    if (found !== undefined) return found;
    if (over) {
      await ended;
      const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
      throw new CommandError(
        `JupyterLab ended before it could be opened (${how}): see its lines above, or use ours with --embedded`,
      );
    }
    if (!told && Date.now() - since > slowMs) {
      process.stderr.write("JupyterLab is slow to start; still waiting …\n");
      told = true;
    }
    await sleep(100);
  }
}

/** What our JupyterLab says of itself: it has our token, or, where this user's settings name another one, our child's id. */
async function findServer(
  runtime: string,
  { token, pid, since }: { token: string; pid: number | undefined; since: number },
): Promise<Place | undefined> {
  const files = await readdir(runtime).catch(() => []);
  for (const name of files.filter((name) => /^jpserver-.*\.json$/.test(name))) {
    const file = join(runtime, name);
    try {
      const said = JSON.parse(await readFile(file, "utf8")) as Partial<Place> & { pid?: number };
      const isOurs = said.token === token || (said.pid === pid && (await stat(file)).mtimeMs >= since);
      const { url, port } = said;
      if (isOurs && url !== undefined && port !== undefined) return { url, port, token: said.token ?? "" };
    } catch {
      // Half written, or just removed.
    }
  }
  return undefined;
}
