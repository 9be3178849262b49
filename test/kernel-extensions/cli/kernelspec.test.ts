import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataPath, userDataDir } from "../../../kernel-extensions/cli/kernelspec/paths.js";
import { arl, temporary } from "./support.js";

describe("arl kernel", () => {
  it("installs into a prefix, over what was there, and takes it back", async () => {
    const prefix = temporary();
    const folder = join(prefix, "share", "jupyter", "kernels", "agentic-rl");
    const extension = join(prefix, "share", "jupyter", "labextensions", "agentic-rl-lab-plotly");
    for (let round = 0; round < 2; round++) {
      const installed = await arl(["kernel", "install", "--prefix", prefix]);
      expect(installed).toEqual({ code: 0, stdout: `${folder}\n${extension}\n`, stderr: "" });
    }
    const kernel = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as { argv: string[] };
    expect(kernel).toMatchObject({
      display_name: "TypeScript (Agentic RL)",
      language: "typescript",
      interrupt_mode: "message",
    });
    expect(kernel.argv).toHaveLength(3);
    expect(kernel.argv[0]).toBe(process.execPath);
    expect(existsSync(kernel.argv[1]!)).toBe(true);
    expect(kernel.argv[2]).toBe("{connection_file}");
    expect(readFileSync(join(folder, "logo-64x64.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(readFileSync(join(folder, "logo-svg.svg"), "utf8")).toContain("<svg");

    const removed = await arl(["kernel", "uninstall", "--prefix", prefix]);
    expect(removed).toEqual({ code: 0, stdout: `${folder}\n${extension}\n`, stderr: "" });
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(extension)).toBe(false);
    const again = await arl(["kernel", "uninstall", "--prefix", prefix]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/nothing to remove/);
  });

  it("installs for the user, under another name, and Jupyter's other tools find it", async () => {
    const env = { JUPYTER_DATA_DIR: temporary() };
    expect(await arl(["kernel", "install", "--name", "Mine"], { env })).toMatchObject({ code: 0 });
    const file = join(env.JUPYTER_DATA_DIR, "kernels", "mine", "kernel.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ display_name: "TypeScript (Mine)" });
    const folder = temporary();
    writeFileSync(
      join(folder, "a.ipynb"),
      '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    );
    expect(await arl(["run", "a.ipynb", "--kernel", "mine"], { cwd: folder, env })).toMatchObject({
      code: 0,
    });
  });

  it("keeps the extension while another kernel of ours is there, and leaves a foreign one alone", async () => {
    const prefix = temporary();
    const extension = join(prefix, "share", "jupyter", "labextensions", "agentic-rl-lab-plotly");
    for (const name of ["one", "two"]) await arl(["kernel", "install", "--prefix", prefix, "--name", name]);
    const one = await arl(["kernel", "uninstall", "--prefix", prefix, "--name", "one"]);
    expect(one).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(extension)).toBe(true);
    const two = await arl(["kernel", "uninstall", "--prefix", prefix, "--name", "two"]);
    expect(two).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(extension)).toBe(false);

    mkdirSync(extension, { recursive: true });
    writeFileSync(join(extension, "package.json"), "{}");
    const installed = await arl(["kernel", "install", "--prefix", prefix]);
    expect(installed.code).toBe(0);
    expect(installed.stderr).toMatch(/was not written by this package: figures are drawn by what is there/);
    expect(await arl(["kernel", "uninstall", "--prefix", prefix])).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(extension)).toEqual(["package.json"]);
  });

  it("does not remove what it did not write", async () => {
    const prefix = temporary();
    const folder = join(prefix, "share", "jupyter", "kernels", "agentic-rl");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), '{"argv": ["other"]}');
    const { code, stderr } = await arl(["kernel", "uninstall", "--prefix", prefix]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/was not written by this package/);
    expect(existsSync(folder)).toBe(true);
  });

  it.each(["kernel.json", "kernel.js"])("does not overwrite what it did not write: %s", async (file) => {
    const prefix = temporary();
    const folder = join(prefix, "share", "jupyter", "kernels", "other");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), '{"argv": ["other"]}');
    const { code, stdout, stderr } = await arl(["kernel", "install", "--prefix", prefix, "--name", "Other"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `arl kernel install: ${folder} was not written by this package: choose another --name, or remove that folder first\n`,
    );
    expect(readdirSync(folder)).toEqual([file]);
    expect(readFileSync(join(folder, file), "utf8")).toBe('{"argv": ["other"]}');
  });

  it("completes what an earlier call left half written", async () => {
    const prefix = temporary();
    const folder = join(prefix, "share", "jupyter", "kernels", "agentic-rl");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "logo-svg.svg"), "");
    expect(await arl(["kernel", "install", "--prefix", prefix])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "logo-svg.svg"), "utf8")).toContain("<svg");
  });

  it("says when it cannot write", async () => {
    const file = join(temporary(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await arl(["kernel", "install", "--prefix", file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be written .*: choose another --prefix/);
  });
});

describe("Jupyter's data folder", () => {
  it.each([
    ["linux", { HOME: "/home/a" }, "/home/a/.local/share/jupyter"],
    ["linux", { HOME: "/home/a", XDG_DATA_HOME: "/data" }, "/data/jupyter"],
    ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Jupyter"],
    ["win32", { HOME: "/a", APPDATA: "/a/AppData/Roaming" }, "/a/AppData/Roaming/jupyter"],
    ["linux", { HOME: "/home/a", JUPYTER_DATA_DIR: "/j" }, "/j"],
  ] as const)("on %s with %j", (platform, env, expected) => {
    expect(userDataDir(env, platform)).toBe(expected);
  });

  it("comes after what JUPYTER_PATH names, and before the environment's and the system's", () => {
    const env = { HOME: "/home/a", JUPYTER_PATH: "/x:/y", VIRTUAL_ENV: "/venv" };
    expect(dataPath(env, "linux")).toEqual([
      "/x",
      "/y",
      "/home/a/.local/share/jupyter",
      "/venv/share/jupyter",
      "/usr/local/share/jupyter",
      "/usr/share/jupyter",
    ]);
  });
});
