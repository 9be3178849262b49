// @ts-check
// Compiles the fused kernels with node-gyp where a C compiler is there. Runs when the package is installed, and must
// never make that fail: without the addon the engine "wasm" does the same work. Node's own modules only.
//
//   node install.mjs             compile, unless there is an addon made from these very sources
//                                (ARL_INSTALL_NATIVE=no: nothing; for who does it beside npm's installation)
//   node install.mjs --force     compile in any case; exit code 1 when that fails
//   node install.mjs --prebuild  the same, and put the addon where the published package ships it; for linux-arm64 too
//                                where a cross-compiler is there (on Debian: apt-get install gcc-aarch64-linux-gnu)
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const addon = join(here, "build", "Release", "arl_kernels.node");
const stampFile = join(here, "build", ".stamp");
/** @param {string} platformAndArch e.g. "linux-x64" */
const prebuilt = (platformAndArch) =>
  join(here, "..", "..", "..", "prebuilds", platformAndArch, "arl_kernels.node");

/**
 * Makes the addon if it can be made and is not there.
 * @param {{ force?: boolean, log?: (line: string) => void }} [options]
 * @returns {string | undefined} why there is none; undefined when there is one
 */
export function compile({ force = false, log = () => undefined } = {}) {
  const stamp = stampOf();
  const known = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
  if (!force && known.startsWith(stamp)) {
    const failure = known.slice(stamp.length).trim();
    if (failure !== "") return failure;
    if (existsSync(addon)) return undefined;
  }
  // What came with the package serves, unless somebody has compiled here before: then the sources may have changed.
  if (!force && known === "" && existsSync(prebuilt(`${process.platform}-${process.arch}`))) return undefined;
  const missing = missingTools();
  if (missing !== undefined) return missing;
  const gyp = nodeGyp();
  if (gyp === undefined) return "npm's node-gyp is not found";
  log("Compiling the fused kernels …");
  const failure = rebuild(gyp);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${stamp}${failure ?? ""}\n`);
  return failure;
}

/**
 * @param {string} gyp
 * @param {string[]} options
 * @param {Record<string, string>} env
 * @returns {string | undefined} why it failed
 */
function rebuild(gyp, options = [], env = {}) {
  const headers = headersFolder();
  const all = [
    "rebuild",
    "--loglevel=warn",
    ...options,
    ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
  ];
  const result = spawnSync(process.execPath, [gyp, ...all], {
    ...{ cwd: here, encoding: "utf8" },
    env: { ...process.env, ...env },
  });
  return result.status === 0 && existsSync(addon)
    ? undefined
    : lastLine(`${result.stdout}\n${result.stderr}`);
}

/** Makes the addon of 64-bit ARM on another Linux. What was built for this processor is gone then. */
function crossCompile() {
  const target = "linux-arm64";
  if (process.platform !== "linux" || process.arch === "arm64") return;
  const compiler = "aarch64-linux-gnu-gcc";
  const gyp = nodeGyp();
  if (!has(compiler) || gyp === undefined) {
    console.log(`Not made: ${target} (${compiler} not found).`);
    return;
  }
  // The sources are all in C, so that it links them too; it would leave out the library of the logarithm.
  const tools = {
    CC: compiler,
    CXX: compiler,
    AR: "aarch64-linux-gnu-ar",
    LDFLAGS: "-Wl,--no-as-needed -lm",
  };
  const failure = rebuild(gyp, ["--arch=arm64"], tools);
  if (failure === undefined) ship(target);
  else console.log(`Not made: ${target} (${failure}).`);
}

/** @param {string} platformAndArch */
function ship(platformAndArch) {
  const file = prebuilt(platformAndArch);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(addon, file);
  console.log(`Written: ${file}`);
  return file;
}

/** Changes whenever the addon could become another one. */
function stampOf() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const name of readdirSync(here).sort()) {
    if (/\.(c|h|gyp)$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(here, name)));
  }
  return `${hash.digest("hex")}\n`;
}

/** What node-gyp would stop at: looked for first, because its own report is pages long. */
function missingTools() {
  if (process.platform === "win32") return undefined;
  const missing = [
    ...(has(process.env.CC ?? "cc", "gcc", "clang") ? [] : ["a C compiler"]),
    ...(has(process.env.CXX ?? "c++", "g++", "clang++") ? [] : ["a C++ compiler to link with"]),
    ...(has("make", "gmake") ? [] : ["make"]),
    ...(has("python3", "python") ? [] : ["Python 3"]),
  ];
  return missing.length === 0 ? undefined : `${missing.join(", ")} not found`;
}

/** Whether one of these programs is on PATH. @param {string[]} names */
function has(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.some((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/** npm brings node-gyp along, and tells the scripts it runs where. */
function nodeGyp() {
  const told = process.env.npm_config_node_gyp;
  if (told !== undefined && existsSync(told)) return told;
  const npm = process.env.npm_execpath;
  const prefix = dirname(dirname(process.execPath));
  const roots = [
    ...(npm === undefined ? [] : [join(dirname(npm), "..")]),
    join(prefix, "lib", "node_modules", "npm"),
    join(dirname(process.execPath), "node_modules", "npm"),
    "/usr/share/nodejs/npm",
  ];
  return roots
    .map((root) => join(root, "node_modules", "node-gyp", "bin", "node-gyp.js"))
    .find((file) => existsSync(file));
}

/** Node's headers where they came with Node; else node-gyp downloads them. */
function headersFolder() {
  if (process.env.npm_config_nodedir) return process.env.npm_config_nodedir;
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, "include", "node", "common.gypi")) ? prefix : undefined;
}

/** @param {string} output */
function lastLine(output) {
  const lines = output
    .split("\n")
    .filter((line) => /error|ERR!/i.test(line) && !/not ok|gyp ERR! (cwd|node)/.test(line));
  return (lines[0] ?? "node-gyp failed").trim().slice(0, 300);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const flags = process.argv.slice(2);
  const wanted = flags.includes("--force") || flags.includes("--prebuild");
  if (!wanted && process.env.ARL_INSTALL_NATIVE === "no") process.exit(0);
  if (flags.includes("--prebuild")) crossCompile();
  const failure = compile({ force: wanted, log: console.log });
  if (failure !== undefined) {
    console.log(`The fused kernels were not compiled (${failure}); the engine "wasm" needs no compiler.`);
    if (wanted) process.exitCode = 1;
  } else if (flags.includes("--prebuild")) {
    createRequire(import.meta.url)(ship(`${process.platform}-${process.arch}`));
  }
}
