/** npm packages that are measured beside this one: too large to install with it, they come when a bench runs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../kernel-extensions/package-root.js";

export interface Peer {
  /** Of the npm package. */
  name: string;
  version: string;
  /** Whether its own install scripts may run. */
  scripts: boolean;
}

/** Where a peer's `node_modules` lies, whether or not it is installed. */
export function peerFolder({ name }: Pick<Peer, "name">): string {
  return path.join(packageRoot(), ".cache", "peers", path.basename(name));
}

/** Installs it. @throws Error in one line when npm cannot. */
export function installPeer(peer: Peer): void {
  const { name, version, scripts } = peer;
  const folder = peerFolder(peer);
  process.stderr.write(`installing the peer ${name}@${version} into ${folder}\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["--no-audit", "--no-fund", "--loglevel=error", ...(scripts ? [] : ["--ignore-scripts"])];
  try {
    execFileSync(npm, ["install", ...options, `${name}@${version}`], { cwd: folder, stdio: "ignore" });
  } catch (error) {
    throw new Error(`npm could not install ${name}@${version}`, { cause: error });
  }
}
