/** What `arl doctor` looks at, each check on its own. */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { kernelMain } from "../../package-root.js";
import { findKernelSpec, ownKernelName } from "../kernelspec/find.js";
import { findOnPath } from "../../on-path.js";
import { outputOf, type Check } from "./check.js";
import { checkEngine } from "./engine.js";

/** All checks, in the order they are shown. */
export function checkAll(): Promise<Check[]> {
  return Promise.all([
    checkNode(),
    checkKernel(),
    checkKernelSpec(),
    checkEngine(),
    checkGpu(),
    checkJupyter(),
    checkBrowser(),
    checkDisk(),
  ]);
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return {
    name: "Node.js",
    status: enough ? "ok" : "missing",
    detail: `${process.versions.node} (${process.execPath})`,
    ...(enough ? {} : { mend: "install Node.js 20.19 or newer from https://nodejs.org" }),
  };
}

/** The kernel's program, and the native library it talks through. */
async function checkKernel(): Promise<Check> {
  const name = "kernel program";
  if (!existsSync(kernelMain())) {
    return { name, status: "missing", detail: `${kernelMain()} is not there`, mend: "npm run build" };
  }
  try {
    await import("zeromq");
  } catch (error) {
    const reason = (error as Error).message.split("\n", 1)[0] ?? "";
    return { name, status: "missing", detail: `zeromq does not load: ${reason}`, mend: "npm ci" };
  }
  return { name, status: "ok", detail: kernelMain() };
}

function checkKernelSpec(): Check {
  const name = "kernel in Jupyter";
  const found = findKernelSpec(ownKernelName);
  if (!found) {
    return { name, status: "warning", detail: "not registered", mend: "npx arl kernel install" };
  }
  const gone = found.spec.argv.find((part) => isAbsolute(part) && !existsSync(part));
  if (gone !== undefined) {
    return {
      name,
      status: "warning",
      detail: `${found.file} names ${gone}, which is gone`,
      mend: "npx arl kernel install",
    };
  }
  return { name, status: "ok", detail: found.file };
}

async function checkGpu(): Promise<Check> {
  const name = "GPU";
  const program = findOnPath("nvidia-smi");
  if (program === undefined) return { name, status: "ok", detail: "none found; the lessons run without" };
  const names = await outputOf(program, ["--query-gpu=name", "--format=csv,noheader"]);
  if (!names) {
    return {
      name,
      status: "warning",
      detail: "nvidia-smi is there, but reports no GPU",
      mend: "nvidia-smi shows why; usually the driver does not fit or needs a restart",
    };
  }
  return { name, status: "ok", detail: names.split(/\r?\n/).join(", ") };
}

async function checkJupyter(): Promise<Check> {
  const name = "JupyterLab";
  const program = findOnPath("jupyter-lab");
  if (program === undefined) {
    return {
      name,
      status: "warning",
      detail: "no jupyter-lab on PATH; arl start writes the first lesson as a page instead",
      mend: "python3 -m pip install jupyterlab",
    };
  }
  const version = await outputOf(program, ["--version"]);
  if (!version) {
    return {
      name,
      status: "warning",
      detail: `${program} does not run`,
      mend: `${program} --version shows why`,
    };
  }
  return { name, status: "ok", detail: `${version} (${program})` };
}

/** Commands, then where Macs and Windows keep them. */
const browserNames = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "firefox",
  "microsoft-edge",
  "msedge",
];
const browserFiles = [
  "/Applications/Google Chrome.app",
  "/Applications/Chromium.app",
  "/Applications/Firefox.app",
  "/Applications/Microsoft Edge.app",
  "/Applications/Safari.app",
  ...[process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"]]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      join(folder, "Mozilla Firefox", "firefox.exe"),
      join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ]),
];

function checkBrowser(): Check {
  const found =
    browserNames.map(findOnPath).find((file) => file !== undefined) ??
    browserFiles.find((file) => existsSync(file));
  return found === undefined
    ? {
        name: "browser",
        status: "warning",
        detail: "none found",
        mend: "install Chromium, Chrome, Firefox or Edge to see notebooks and pages",
      }
    : { name: "browser", status: "ok", detail: found };
}

const gigabyte = 1e9;

async function checkDisk(): Promise<Check> {
  const { bavail, bsize } = await statfs(process.cwd());
  const free = (bavail * bsize) / gigabyte;
  const detail = `${free.toFixed(1)} GB free in ${process.cwd()}`;
  return free < 1
    ? { name: "disk", status: "warning", detail, mend: "make room: installing and training want 1 GB" }
    : { name: "disk", status: "ok", detail };
}
