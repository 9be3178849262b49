// @ts-check
// What only the tests need and npm cannot bring: other people's Jupyter clients, against which the kernel
// is checked, and a browser.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { BootstrapError, progress } from "../../kernel-extensions/bootstrap/shared.mjs";

/** Python modules by Debian package, and the tests that need them. */
const pythonPackages = [
  {
    debian: "python3-jupyter-client",
    module: "jupyter_client",
    tests: "Jupyter's own client talks to the kernel",
  },
  { debian: "python3-nbclient", module: "nbclient", tests: "nbclient executes notebooks" },
  {
    debian: "python3-jupyter-kernel-test",
    module: "jupyter_kernel_test",
    tests: "the kernel conformance suite",
  },
  { debian: "python3-ipykernel", module: "ipykernel", tests: "`arl run` with another kernel" },
  { debian: "python3-nbconvert", module: "nbconvert", tests: "nbconvert exports notebooks" },
];
const browserPackage = { debian: "chromium", tests: "pages opened in a browser" };
/** Vulkan's loader. The driver, SwiftShader, comes with Chromium. */
const vulkanPackage = { debian: "libvulkan1", tests: "WebGPU in software" };

const python = "/usr/bin/python3";

/** Where browsers that speak Chromium's protocol live; the first that exists is used. */
const browsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser that tests drive, `undefined` where there is none. */
export function chromiumPath() {
  return browsers.find((path) => existsSync(path));
}

/**
 * Whether Debian's Python has a module.
 * @param {string} module
 */
export function hasPythonModule(module) {
  return spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
}

/** Installs what is missing where that is ours to do (root on Debian), else says what will be left out. */
export function prepareForTests() {
  let missing = missingPackages();
  if (missing.length > 0 && isDebian() && process.getuid?.() === 0) {
    installDebian(missing.map((one) => one.debian));
    missing = missingPackages();
  }
  if (missing.length === 0) return;
  const names = missing.map((one) => one.debian);
  const left = missing.map((one) => `  - ${one.tests} (${one.debian})`).join("\n");
  const mend = isDebian()
    ? `sudo apt-get install --no-install-recommends ${names.join(" ")}`
    : "python3 -m pip install " +
      "jupyter-client nbclient jupyter-kernel-test ipykernel nbconvert, and install Chromium or Chrome";
  if (process.env.CI === "true") {
    throw new BootstrapError(`In CI every test must run, and these are missing:\n${left}\nInstall: ${mend}`);
  }
  progress(`These tests will be left out:\n${left}\nTo run them too: ${mend}`);
}

function missingPackages() {
  // dpkg knows at once what would take Python a second per module to find out.
  const installed = isDebian() ? installedDebian() : undefined;
  /** @type {{ debian: string; tests: string }[]} */
  const missing = pythonPackages.filter((one) =>
    installed ? !installed.has(one.debian) : !hasPythonModule(one.module),
  );
  // Elsewhere than on Debian the loader has many names and places: the test itself says when it is not there.
  if (installed && !installed.has(vulkanPackage.debian)) missing.push(vulkanPackage);
  return chromiumPath() === undefined ? [...missing, browserPackage] : missing;
}

function isDebian() {
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^ID="?debian"?$/m.test(release);
  } catch {
    return false;
  }
}

function installedDebian() {
  const names = [...pythonPackages, vulkanPackage].map((one) => one.debian);
  const query = spawnSync("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names], {
    encoding: "utf8",
  });
  return new Set(
    (query.stdout ?? "")
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0] ?? ""),
  );
}

/** @param {string[]} names */
function installDebian(names) {
  progress(`Installing what only the tests need (apt-get): ${names.join(" ")} …`);
  apt(["update"]);
  apt(["install", "-y", "--no-install-recommends", ...names]);
}

/** @param {string[]} args */
function apt(args) {
  const result = spawnSync("apt-get", args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (result.status !== 0) {
    throw new BootstrapError(
      `${result.stdout ?? ""}${result.stderr ?? ""}\napt-get ${args.join(" ")} failed: ` +
        "see its lines above, check the network and the package sources, then run this again.",
    );
  }
}
