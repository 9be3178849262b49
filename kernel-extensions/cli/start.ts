import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../package-root.js";
import { CommandError, noPositionals, parse, type Command } from "./command.js";
import { ownKernelSpec } from "./kernelspec/find.js";
import { ForeignKernelSpec, installKernelSpec } from "./kernelspec/install.js";
import { userDataDir } from "./kernelspec/paths.js";
import { findOnPath } from "../on-path.js";
import { runNotebook, withInterrupt } from "./run-notebook.js";

const help = `Usage: arl start [--no-browser] [--dir DIR]

Opens the lessons. Where JupyterLab is installed (jupyter-lab on PATH), registers the TypeScript kernel for
this user and opens the first lesson there. Elsewhere runs the first lesson and writes it as a page,
out/01-introduction.html, and prints its path and its address.

  --no-browser  JupyterLab: print the address, open no browser
  --dir DIR     the folder of the lessons (default: the one that comes with this package)
`;

/** In the folder of the lessons. */
const firstLesson = "solutions/01-introduction.ipynb";

export const start: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      "no-browser": { type: "boolean", default: false },
      dir: { type: "string" },
    });
    noPositionals(positionals);
    const folder = resolve(values.dir ?? join(packageRoot(), "notebooks"));
    const lesson = join(folder, firstLesson);
    if (!existsSync(lesson)) {
      throw new CommandError(`${lesson} is not there: check --dir, or restore the lessons`);
    }
    const jupyter = findOnPath("jupyter-lab");
    return jupyter === undefined ? writePage(lesson) : openJupyter(jupyter, folder, values["no-browser"]);
  },
};

async function openJupyter(jupyter: string, folder: string, noBrowser: boolean): Promise<number> {
  const kernel = await registerKernel();
  process.stderr.write(`Registered the kernel in ${kernel}; starting JupyterLab …\n`);
  const args = [`--ServerApp.root_dir=${folder}`, `--LabApp.default_url=/lab/tree/${firstLesson}`];
  if (noBrowser) args.push("--no-browser");
  // JupyterLab refuses to serve the superuser, which in a container everybody is.
  if (process.getuid?.() === 0) args.push("--allow-root");
  return await new Promise((done, fail) => {
    const child = spawn(jupyter, args, { stdio: "inherit", shell: /\.(cmd|bat)$/i.test(jupyter) });
    // Ctrl-C reaches JupyterLab from the terminal; it asks back, and we end when it does.
    const wait = () => undefined;
    const forward = () => child.kill("SIGTERM");
    process.on("SIGINT", wait).on("SIGTERM", forward);
    const settle = (end: () => void) => {
      process.off("SIGINT", wait).off("SIGTERM", forward);
      end();
    };
    child.on("error", (error) => {
      settle(() => {
        fail(new CommandError(`${jupyter} could not be started: ${error.message}`));
      });
    });
    child.on("close", (code) => {
      settle(() => {
        done(code === 0 ? 0 : 1);
      });
    });
  });
}

async function registerKernel(): Promise<string> {
  try {
    return await installKernelSpec(userDataDir());
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(
      error instanceof ForeignKernelSpec
        ? `${message}: remove that folder, and the kernel of the lessons can be registered there`
        : `the kernel cannot be registered (${message}): set JUPYTER_DATA_DIR to a folder that can be written`,
    );
  }
}

async function writePage(lesson: string): Promise<number> {
  process.stderr.write("No jupyter-lab on PATH: running the first lesson and writing it as a page …\n");
  const { succeeded, written } = await withInterrupt((signal) =>
    runNotebook(
      lesson,
      {
        html: true,
        out: "out",
        inPlace: false,
        allowErrors: false,
        cellTimeoutMs: 600_000,
        spec: ownKernelSpec(),
      },
      signal,
    ),
  );
  const page = written.find((file) => file.endsWith(".html"));
  if (page !== undefined) process.stdout.write(`${resolve(page)}\n${pathToFileURL(page).href}\n`);
  return succeeded ? 0 : 1;
}
