import { basename, resolve } from "node:path";
import type { KernelSpec } from "../client/process.js";
import { CommandError, parse, UsageError, type Command } from "./command.js";
import { findKernelSpec, kernelNames, ownKernelName, ownKernelSpec } from "./kernelspec/find.js";
import { runNotebook, withInterrupt, type RunOptions } from "./run-notebook.js";

/** Seconds; timers hold little more. */
const longestTimeout = 1_000_000;

const help = `Usage: arl run NOTEBOOK… [options]

Executes every code cell of each notebook, in order, in a fresh kernel whose working folder is the
notebook's, and writes the executed copy. A cell that fails ends its notebook; what was executed is
written all the same, and the exit code is 1.

  --html             also write each notebook as one self-contained page
  --stills           add a picture (PNG) to every Plotly figure, for code hosts and whatever else draws no
                     figures; made by an installed Chromium, Chrome or Edge
  --out DIR          where to write (default: out)
  --in-place         write each notebook over itself; --out is then only where pages go
  --allow-errors     go on after cells that raise errors, and list them (a cell tagged raises-exception
                     always may, and is not listed); the exit code is 0
  --timeout SECONDS  how long one cell may take, up to ${longestTimeout} (default: 600)
  --kernel NAME      the kernel to use (default: ${ownKernelName})

Prints the path of every file it wrote.
`;

export const run: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      html: { type: "boolean", default: false },
      stills: { type: "boolean", default: false },
      out: { type: "string" },
      "in-place": { type: "boolean", default: false },
      "allow-errors": { type: "boolean", default: false },
      timeout: { type: "string", default: "600" },
      kernel: { type: "string", default: ownKernelName },
    });
    const seconds = Number(values.timeout);
    if (!(seconds > 0 && seconds <= longestTimeout)) {
      throw new UsageError(
        `--timeout is a number of seconds, not ${values.timeout}: more than 0, up to ${longestTimeout}`,
      );
    }
    if (values["in-place"] && values.out !== undefined && !values.html) {
      throw new UsageError("--in-place writes nothing into --out: leave one of them away");
    }
    const options: RunOptions = {
      html: values.html,
      stills: values.stills,
      out: values.out ?? "out",
      inPlace: values["in-place"],
      allowErrors: values["allow-errors"],
      cellTimeoutMs: seconds * 1000,
      spec: kernelNamed(values.kernel),
    };
    if (positionals.length === 0) throw new UsageError("name at least one notebook");
    refuseClashes(positionals, options);
    return await withInterrupt(async (signal) => {
      let exitCode = 0;
      for (const path of positionals) {
        if (signal.aborted) break;
        const { succeeded, written } = await runNotebook(path, options, signal);
        if (!succeeded) exitCode = 1;
        process.stdout.write(written.map((file) => `${file}\n`).join(""));
      }
      return signal.aborted ? 1 : exitCode;
    });
  },
};

function kernelNamed(name: string): KernelSpec {
  if (name === ownKernelName) return ownKernelSpec();
  const found = findKernelSpec(name);
  if (!found) {
    throw new CommandError(
      `no kernel named ${name} is registered with Jupyter: --kernel is one of ${kernelNames().join(", ")}`,
    );
  }
  return found.spec;
}

/** No two files may be written over each other, and no source without being told to. */
function refuseClashes(paths: string[], { out, inPlace }: RunOptions): void {
  const targets = new Map<string, string>();
  for (const path of paths) {
    const target = resolve(out, `${basename(path, ".ipynb")}.ipynb`);
    const other = targets.get(target);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${path} would both be written to ${target}: run them one at a time, each with its own --out`,
      );
    }
    if (!inPlace && target === resolve(path)) {
      throw new UsageError(`${path} would be written over itself: say --in-place, or another --out`);
    }
    targets.set(target, path);
  }
}
