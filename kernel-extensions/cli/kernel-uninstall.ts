import { CommandError, type Command } from "./command.js";
import { parseKernelTarget } from "./kernel-install.js";
import { ForeignKernelSpec, uninstallKernelSpec } from "./kernelspec/install.js";

const help = `Usage: arl kernel uninstall [--user | --prefix DIR] [--name NAME]

Removes what "arl kernel install" with the same options wrote, and prints the removed folder.
`;

export const kernelUninstall: Command = {
  help,
  async run(args) {
    const { dataDir, name } = parseKernelTarget(args);
    let folder: string | undefined;
    try {
      folder = await uninstallKernelSpec(dataDir, name);
    } catch (error) {
      const { message } = error as Error;
      throw new CommandError(
        error instanceof ForeignKernelSpec
          ? `${message}: remove it with the tool that installed it`
          : message,
      );
    }
    if (folder === undefined) {
      throw new CommandError(`no kernel named ${name} in ${dataDir}: nothing to remove (see arl doctor)`);
    }
    process.stdout.write(`${folder}\n`);
    return 0;
  },
};
