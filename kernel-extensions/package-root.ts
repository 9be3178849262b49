/** Where this package lies on disk, whether it runs compiled or from its sources. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of our package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("The package's own package.json was not found: install it again.");
    folder = parent;
  }
  return folder;
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

/** The program that a kernelspec starts with Node, and the connection file as its argument. */
export function kernelMain(): string {
  return join(packageRoot(), "dist", "kernel-extensions", "kernel", "main.js");
}
