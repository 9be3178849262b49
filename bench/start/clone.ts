/** A fresh clone: the files that git knows, and those that it would be told of, as they are now. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../kernel-extensions/package-root.js";

/** Writes one into a new folder. */
export function makeClone(folder: string): void {
  const root = packageRoot();
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const name of listed.split("\0")) {
    if (name === "" || !existsSync(join(root, name))) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, name), join(folder, name));
  }
}

/** Gives a clone what another one built, and none of the packages that it was built with. */
export function takeBuild(folder: string, from: string): void {
  cpSync(join(from, "dist"), join(folder, "dist"), { recursive: true, preserveTimestamps: true });
}
