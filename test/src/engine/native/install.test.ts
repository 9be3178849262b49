/** When the addon is compiled, and that it never stops an installation. The tools are stand-ins. */
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonFiles } from "../../../../src/engine/native/addon.js";
import { hasAddon } from "../../../support/fused-forms.js";

const platform = `${process.platform}-${process.arch}`;
const sources = path.resolve("src/engine/native");
let folder: string;
const inFolder = (...names: string[]) => path.join(folder, ...names);
const built = () => inFolder("src/engine/native/build/Release/arl_kernels.node");
const prebuilt = () => inFolder("prebuilds", platform, "arl_kernels.node");

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "arl-install-"));
  cpSync(sources, inFolder("src/engine/native"), {
    recursive: true,
    filter: (file) => file !== path.join(sources, "build"),
  });
  mkdirSync(inFolder("bin"));
  for (const tool of ["cc", "c++", "make", "python3"]) {
    writeFileSync(inFolder("bin", tool), "#!/bin/sh\n");
    chmodSync(inFolder("bin", tool), 0o755);
  }
  gyp("");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A node-gyp that notes its calls, and makes an addon: this file, or else the text. */
function gyp(addon: string, fails = ""): void {
  const make = existsSync(addon)
    ? `fs.copyFileSync(${JSON.stringify(addon)}, "build/Release/arl_kernels.node");`
    : `fs.writeFileSync("build/Release/arl_kernels.node", ${JSON.stringify(addon)});`;
  const source = `
    const fs = require("node:fs");
    fs.appendFileSync(${JSON.stringify(inFolder("calls"))}, process.argv.slice(2).join(" ") + "\\n");
    fs.rmSync("build", { recursive: true, force: true });
    if (${JSON.stringify(fails)} !== "") { console.error(${JSON.stringify(fails)}); process.exit(1); }
    fs.mkdirSync("build/Release", { recursive: true });
    ${make}`;
  writeFileSync(inFolder("gyp.cjs"), source);
}

const calls = () =>
  existsSync(inFolder("calls")) ? readFileSync(inFolder("calls"), "utf8").split("\n").length - 1 : 0;

function install(flags: string[] = [], PATH = inFolder("bin"), more = {}) {
  const env = { PATH, npm_config_node_gyp: inFolder("gyp.cjs"), ...more };
  const args = [inFolder("src/engine/native/install.mjs"), ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  expect(stderr).toBe("");
  return { status, stdout };
}

describe.skipIf(process.platform === "win32")("installing", () => {
  it("compiles once, and again when a source has changed", () => {
    expect(install()).toEqual({ status: 0, stdout: "Compiling the fused kernels …\n" });
    expect(existsSync(built())).toBe(true);
    expect(install()).toEqual({ status: 0, stdout: "" });
    expect(calls()).toBe(1);
    for (const [i, name] of ["adam.c", "vector.h", "binding.gyp"].entries()) {
      appendFileSync(inFolder("src/engine/native", name), "\n");
      install();
      install();
      expect(calls(), name).toBe(2 + i);
    }
    appendFileSync(inFolder("src/engine/native/fused.ts"), "\n");
    install();
    expect(calls()).toBe(4);
    rmSync(built());
    install();
    expect(calls()).toBe(5);
    install(["--force"]);
    expect(calls()).toBe(6);
  });

  it("leaves it to whoever says that they do it", () => {
    const theirs = { ARL_INSTALL_NATIVE: "no" };
    expect(install([], inFolder("bin"), theirs)).toEqual({ status: 0, stdout: "" });
    expect(calls()).toBe(0);
    install(["--force"], inFolder("bin"), theirs);
    expect(calls()).toBe(1);
  });

  it("goes on without a compiler, and says what is missing", () => {
    mkdirSync(inFolder("empty"));
    const message =
      "The fused kernels were not compiled (a C compiler, a C++ compiler to link with, make, Python 3 not found); " +
      'the engine "wasm" needs no compiler.\n';
    expect(install([], inFolder("empty"))).toEqual({ status: 0, stdout: message });
    expect(install(["--force"], inFolder("empty"))).toEqual({ status: 1, stdout: message });
    expect(calls()).toBe(0);
    rmSync(inFolder("bin/make"));
    expect(install().stdout).toContain("(make not found)");
    // What was missing is looked for again.
    writeFileSync(inFolder("bin/make"), "");
    install();
    expect(calls()).toBe(1);
  });

  it("goes on when compiling fails, and does not try the same again", () => {
    gyp("", "adam.c:3:1: error: expected ';'");
    const message = `The fused kernels were not compiled (adam.c:3:1: error: expected ';'); the engine "wasm" needs no compiler.\n`;
    expect(install()).toEqual({ status: 0, stdout: `Compiling the fused kernels …\n${message}` });
    expect(install()).toEqual({ status: 0, stdout: message });
    expect(calls()).toBe(1);
    expect(install(["--force"]).status).toBe(1);
    appendFileSync(inFolder("src/engine/native/adam.c"), "\n");
    gyp("");
    expect(install().status).toBe(0);
    expect(existsSync(built())).toBe(true);
    expect(calls()).toBe(3);
  });

  it("leaves an addon that was shipped alone", () => {
    mkdirSync(path.dirname(prebuilt()), { recursive: true });
    writeFileSync(prebuilt(), "shipped");
    expect(install()).toEqual({ status: 0, stdout: "" });
    expect(calls()).toBe(0);
    install(["--force"]);
    expect(calls()).toBe(1);
    expect(readFileSync(prebuilt(), "utf8")).toBe("shipped");
  });

  it.skipIf(!hasAddon())("ships what it has compiled, and loads it first", () => {
    gyp(addonFiles().built);
    expect(install(["--prebuild"]).stdout).toContain(`Written: ${prebuilt()}`);
    expect(readFileSync(prebuilt())).toEqual(readFileSync(addonFiles().built));
  });

  it.skipIf(platform !== "linux-x64" || !hasAddon())(
    "ships one for ARM where a cross-compiler is there",
    () => {
      gyp(addonFiles().built);
      const arm = inFolder("prebuilds/linux-arm64/arl_kernels.node");
      const without = "Not made: linux-arm64 (aarch64-linux-gnu-gcc not found).\n";
      expect(install(["--prebuild"])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(without) as string,
      });
      expect(existsSync(arm)).toBe(false);

      const compiler = inFolder("bin/aarch64-linux-gnu-gcc");
      writeFileSync(compiler, "#!/bin/sh\n");
      chmodSync(compiler, 0o755);
      rmSync(inFolder("calls"));
      const { status, stdout } = install(["--prebuild"]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/Written: .*linux-arm64.*\n(.*\n)*Written: .*linux-x64/);
      expect(existsSync(arm)).toBe(true);
      // This processor's comes last, so that it is the one that stays in the build folder.
      const [first, second] = readFileSync(inFolder("calls"), "utf8").split("\n");
      expect([first, second].map((call) => call!.includes("--arch=arm64"))).toEqual([true, false]);

      gyp("", "adam.c: error: no such processor");
      expect(install(["--prebuild"]).stdout).toContain(
        "Not made: linux-arm64 (adam.c: error: no such processor).",
      );
    },
  );
});
