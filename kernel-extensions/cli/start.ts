import { mkdir, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandError, noPositionals, parse, UsageError, type Command } from "./command.js";
import { openBrowser, opensFiles, withoutBrowser } from "./start/browser.js";
import { bringUpToDate, type Change } from "./start/copies.js";
import { findJupyter } from "./start/find-jupyter.js";
import { defaultFolder, filesIn, firstNotebook, isOriginals, listOriginals } from "./start/lessons.js";
import { redirectTo } from "./start/redirect.js";
import { claimFolder } from "./start/running.js";
import { addressOf, addressOnce, type Server, type ServerOptions } from "./start/server.js";
import { untilStopped } from "./start/stop.js";

const help = `Usage: arl start [--embedded] [--port N] [--no-browser] [--dir DIR]

Opens the lessons in JupyterLab: the one on PATH (jupyter-lab, 4 or newer), where the kernel and the figures are
registered for this user, else the one that comes with this package, which needs no Python. Prints the address, with
the key that lets in whoever opens it, and opens it in the browser. Ctrl-C ends the kernels and the server.

The lessons are your own copies: in a clone in my-lessons/, else in agentic-rl-lessons in your home folder. What you
change stays yours. When a lesson has a newer version, an untouched copy becomes that one; beside one that you
changed it is put as NAME.new.ipynb. A copy that you remove comes back as new.

  --embedded    the JupyterLab that comes with this package, whatever is on PATH
  --port N      the port to listen on (default: the first free one from 8888 upward)
  --no-browser  print the address, open no browser
  --dir DIR     the folder of your copies; without copies for a folder of the package's own notebooks
`;

export const start: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      embedded: { type: "boolean", default: false },
      port: { type: "string" },
      "no-browser": { type: "boolean", default: false },
      dir: { type: "string" },
    });
    noPositionals(positionals);
    const port = values.port === undefined ? undefined : portNumber(values.port);
    const folder = await makeFolder(resolve(values.dir ?? defaultFolder()));
    const show = async (server: Pick<Server, "url" | "token">, lesson: string, isOurs: boolean) => {
      if (tell(server, lesson) && !values["no-browser"]) await openLab(server, lesson, folder, isOurs);
    };

    const claimed = await claimFolder(folder, (pid) => {
      process.stderr.write(`Another arl start (process ${String(pid)}) is starting here; waiting for it …\n`);
    });
    if ("running" in claimed) {
      const { pid, url } = claimed.running;
      process.stderr.write(
        `These lessons are open already: ${url} (process ${String(pid)}, Ctrl-C there ends it)\n`,
      );
      await show(claimed.running, lessonIn(folder), false);
      return 0;
    }
    const { claim } = claimed;
    let server: Server | undefined;
    const { stopped, done } = untilStopped(() => {
      server?.kill();
      process.exit(1);
    });
    void stopped.then(() => {
      if (server === undefined) process.exit(130);
    });
    try {
      const lesson = await prepareLessons(folder);
      server = await startServer({ folder, open: lesson, port }, values.embedded);
      await claim.publish({ url: server.url, token: server.token });
      process.stderr.write(`Your lessons are in ${folder}\n`);
      await show(server, lesson, true);
      process.stderr.write("Ctrl-C ends the server and the kernels.\n");
      const well = await Promise.race([server.ended, stopped]);
      if (well !== undefined) return well ? 0 : 1;
      process.stderr.write("Ending the kernels; what was saved is saved. Ctrl-C again does not wait.\n");
      await server.close();
      return 0;
    } finally {
      claim.release();
      done();
    }
  },
};

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`--port is a number from 1 to 65535, not ${text}`);
  }
  return port;
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  } catch (error) {
    throw new CommandError(`${folder} cannot be made (${(error as Error).message}): choose another --dir`);
  }
}

/** Makes or renews the learner's copies, and says which lesson to begin with. */
async function prepareLessons(folder: string): Promise<string> {
  if (!isOriginals(folder)) {
    try {
      tellChanges(await bringUpToDate(listOriginals(), folder));
    } catch (error) {
      throw new CommandError(`${folder} cannot be used (${(error as Error).message}): choose another --dir`);
    }
  }
  return lessonIn(folder);
}

/** @throws CommandError when there is none. */
function lessonIn(folder: string): string {
  const names = isOriginals(folder) ? filesIn(folder) : listOriginals().map(({ name }) => name);
  const lesson = firstNotebook(names);
  if (lesson === undefined) throw new CommandError(`there is no notebook in ${folder}: choose another --dir`);
  return lesson;
}

function tellChanges(changes: readonly Change[]): void {
  const lines = changes.flatMap((change) =>
    change.kind === "kept"
      ? [
          `${change.name} has a newer version. Yours was changed and stays; the newer one is ${change.beside}\n`,
        ]
      : [],
  );
  process.stderr.write(lines.join(""));
}

async function startServer(options: ServerOptions, embedded: boolean): Promise<Server> {
  const found = embedded ? undefined : await findJupyter();
  if (found?.jupyter !== undefined) {
    const { command, args, version } = found.jupyter;
    process.stderr.write(`Starting JupyterLab ${version} (${[command, ...args].join(" ")}) …\n`);
    return await (await import("./start/jupyter.js")).startJupyter(found.jupyter, options);
  }
  if (found?.problem !== undefined) process.stderr.write(`${found.problem}: opening ours instead\n`);
  return await (await import("./start/embedded.js")).startEmbedded(options);
}

/** The address alone is data. @returns whether a browser can be opened here */
function tell(server: Pick<Server, "url" | "token">, lesson: string): boolean {
  const address = addressOf(server, lesson);
  process.stdout.write(`${address}\n`);
  const reason = withoutBrowser(Number(new URL(address).port));
  if (reason !== undefined) process.stderr.write(`${reason}\n`);
  return reason === undefined;
}

/** What the browser is given does not hold the token. That it does not open is no error: the address is printed. */
async function openLab(
  server: Pick<Server, "url" | "token">,
  lesson: string,
  folder: string,
  isOurs: boolean,
): Promise<void> {
  const address = addressOf(server, lesson);
  try {
    const once = server.token === "" ? address : await addressOnce(server, lesson);
    openBrowser(once ?? (opensFiles() ? await redirectTo(address, folder, isOurs) : address));
  } catch (error) {
    process.stderr.write(`No browser is opened (${(error as Error).message}): open the address above\n`);
  }
}
