/** Starting the JupyterLab that is installed, with our kernel and our figures in it. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { installLabextension } from "../../lab/plotly-renderer/labextension.js";
import { CommandError } from "../command.js";
import { ForeignKernelSpec, installKernelSpec } from "../kernelspec/install.js";
import { jupyterDataDir, needsShell, type Jupyter } from "./find-jupyter.js";
import { freePort } from "./port.js";
import type { Server, ServerOptions } from "./server.js";

/** It says something when it takes longer than that to start. */
const slowMs = 20_000;

/**
 * Registers kernel and figures with this user's Jupyter, starts JupyterLab and waits until it answers.
 * @throws CommandError when it ends before that.
 */
export async function startJupyter(jupyter: Jupyter, options: ServerOptions): Promise<Server> {
  await register(await jupyterDataDir(jupyter));
  const port = await freePort(options.port);
  const token = randomBytes(24).toString("hex");
  const child = spawnJupyter(jupyter, options, port, token);
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", (error) => {
      reject(new CommandError(`${jupyter.command} could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      resolve(code === 0 || signal === "SIGTERM");
    });
  });
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
    } catch {
      // Gone in this moment.
    }
  };
  const server: Server = {
    ...{ url: `http://127.0.0.1:${String(port)}/`, port, token, ended },
    close: async () => {
      kill("SIGTERM");
      await ended.catch(() => undefined);
    },
    kill: () => {
      kill("SIGKILL");
    },
  };
  process.once("exit", server.kill);
  void ended.catch(() => undefined).then(() => process.off("exit", server.kill));
  await ready(server, child);
  return server;
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
  { folder, open }: ServerOptions,
  port: number,
  token: string,
): ChildProcess {
  const options = [
    ...["--no-browser", "--ServerApp.ip=127.0.0.1", `--ServerApp.port=${String(port)}`],
    // Its own address, whatever this user's settings say: it is printed, and must be found again.
    ...["--ServerApp.port_retries=0", "--ServerApp.base_url=/", "--ServerApp.root_dir=."],
    `--LabApp.default_url=/lab/tree/${open}`,
    "--log-level=WARN",
    // JupyterLab refuses to serve the superuser, which in a container everybody is.
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
  ];
  const shell = needsShell(command);
  return spawn(shell ? `"${command}"` : command, [...args, ...options], {
    cwd: folder,
    // In the environment, because every user of the machine can read another's arguments.
    env: { ...process.env, JUPYTER_TOKEN: token },
    // Its lines are no data. Without a terminal it asks nothing, and Ctrl-C reaches us alone.
    stdio: ["ignore", 2, 2],
    detached: process.platform !== "win32",
    windowsHide: true,
    shell,
  });
}

/** Waits until it answers. @throws CommandError when it ends. */
async function ready({ url, ended }: Server, child: ChildProcess): Promise<void> {
  const since = Date.now();
  let told = false;
  let over: boolean | undefined;
  void ended.then(
    (well) => (over = well),
    () => (over = false),
  );
  for (;;) {
    // Any answer will do: where this user's settings name a password, it asks for that instead of our token.
    const answers = await fetch(new URL("api", url), { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => {
        await answer.body?.cancel();
        return true;
      },
      () => false,
    );
    if (over !== undefined) {
      await ended;
      const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
      throw new CommandError(
        `JupyterLab ended before it could be opened (${how}): see its lines above, or use ours with --embedded`,
      );
    }
    if (answers) return;
    if (!told && Date.now() - since > slowMs) {
      process.stderr.write("JupyterLab is slow to start; still waiting …\n");
      told = true;
    }
    await sleep(150);
  }
}
