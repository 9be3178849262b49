import { noPositionals, parse, UsageError, CommandError, type Command } from "./command.js";
import { ownKernelName } from "./kernelspec/find.js";
import { ForeignKernelSpec, installKernelSpec, isKernelName } from "./kernelspec/install.js";
import { prefixDataDir, userDataDir } from "./kernelspec/paths.js";
import { ForeignLabextension, installLabextension } from "../lab/plotly-renderer/labextension.js";

const help = `Usage: arl kernel install [--user | --prefix DIR] [--name NAME]

Makes the TypeScript kernel known to Jupyter, by writing a kernelspec: JupyterLab, VS Code and other
front ends then offer it. JupyterLab 4 also gets an extension that draws Plotly figures. Nothing but files
are written; no Python is needed. A kernel or extension of the same name that something else installed is
left alone.

  --user        for this user (the default), in Jupyter's data folder
  --prefix DIR  for an installation, in DIR/share/jupyter: a virtual environment, /usr/local
  --name NAME   register under another name than ${ownKernelName}

Prints the folders it wrote.
`;

/** Options that installing and uninstalling share. */
const options = {
  user: { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string", default: ownKernelName },
} as const;

/** Where, and under which name. */
export function parseKernelTarget(args: string[]): { dataDir: string; name: string } {
  const { values, positionals } = parse(args, options);
  noPositionals(positionals);
  if (values.user && values.prefix !== undefined)
    throw new UsageError("--user and --prefix exclude each other");
  if (values.prefix?.trim() === "") throw new UsageError("--prefix needs the path of a folder");
  if (!isKernelName(values.name)) {
    throw new UsageError(
      `--name may have letters, digits, ".", "_" and "-", not ${JSON.stringify(values.name)}`,
    );
  }
  return {
    dataDir: values.prefix === undefined ? userDataDir() : prefixDataDir(values.prefix),
    name: values.name,
  };
}

export const kernelInstall: Command = {
  help,
  async run(args) {
    const { dataDir, name } = parseKernelTarget(args);
    try {
      process.stdout.write(`${await installKernelSpec(dataDir, name)}\n`);
      process.stdout.write(`${await installLabextension(dataDir)}\n`);
    } catch (error) {
      if (error instanceof ForeignLabextension) {
        process.stderr.write(`${error.message}: figures are drawn by what is there\n`);
        return 0;
      }
      if (error instanceof ForeignKernelSpec) {
        throw new CommandError(`${error.message}: choose another --name, or remove that folder first`);
      }
      throw new CommandError(
        `${dataDir} cannot be written (${(error as Error).message}): choose another --prefix, or --user`,
      );
    }
    return 0;
  },
};
