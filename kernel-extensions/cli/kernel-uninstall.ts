import { CommandError, type Command } from "./command.js";
import { parseKernelTarget } from "./kernel-install.js";
import { ForeignKernelSpec, hasOwnKernelSpec, uninstallKernelSpec } from "./kernelspec/install.js";
import { ForeignLabextension, uninstallLabextension } from "../lab/plotly-renderer/labextension.js";

const help = `Usage: arl kernel uninstall [--user | --prefix DIR] [--name NAME]

Removes what "arl kernel install" with the same options wrote, and prints the removed folders. The extension
that draws figures stays while another kernel of ours is installed there.
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
    const extension = await uninstallExtension(dataDir);
    if (extension !== undefined) process.stdout.write(`${extension}\n`);
    return 0;
  },
};

async function uninstallExtension(dataDir: string): Promise<string | undefined> {
  if (await hasOwnKernelSpec(dataDir)) return undefined;
  try {
    return await uninstallLabextension(dataDir);
  } catch (error) {
    if (error instanceof ForeignLabextension) return undefined; // As installing left it alone.
    throw new CommandError((error as Error).message);
  }
}
