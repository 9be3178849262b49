import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { redirectStdio } from "../../../../kernel-extensions/kernel/session/child-output.js";
import { kernelMain } from "../../../support/kernelspec.js";

const ends = { stdout: 21, stderr: 22 };
const redirect = (stdio: unknown): unknown => redirectStdio(stdio, ends);

describe("redirectStdio", () => {
  it("leaves alone what does not inherit", () => {
    for (const stdio of [undefined, "pipe", "ignore", ["pipe", "pipe", "pipe"], [null, "ipc"], [3, 4, 5]]) {
      expect(redirect(stdio)).toBeUndefined();
    }
  });

  it("replaces every way of naming the kernel's own streams", () => {
    expect(redirect("inherit")).toEqual(["ignore", 21, 22]);
    expect(redirect(["inherit", "inherit", "inherit", "ipc"])).toEqual(["ignore", 21, 22, "ipc"]);
    expect(redirect([0, 1, 2])).toEqual(["ignore", 21, 22]);
    expect(redirect(["pipe", process.stdout, process.stderr])).toEqual(["pipe", 21, 22]);
    expect(redirect([process.stdin, "pipe", 1])).toEqual(["ignore", "pipe", 21]);
    expect(redirect(["pipe", 2, "pipe", 1])).toEqual(["pipe", 22, "pipe", 21]);
  });
});

describe("redirectChildren", () => {
  it("catches children through files and pipes where they cannot inherit sockets", () => {
    const module = path.join(path.dirname(kernelMain), "session/child-output.js");
    const script = `
      const { redirectChildren } = await import(${JSON.stringify(pathToFileURL(module).href)});
      const text = [];
      const { write } = process.stdout;
      process.stdout.write = (chunk) => text.push(...String(chunk).split("\\n").filter(Boolean));
      redirectChildren(undefined);
      const { execSync, spawnSync, spawn } = await import("node:child_process");
      execSync("echo 1", { stdio: "inherit" });
      spawnSync("sh", ["-c", "echo 2"], { stdio: ["ignore", 1, 2] });
      text.push(String(execSync("echo 3")).trim());
      await new Promise((done) => spawn("sh", ["-c", "echo 4"], { stdio: "inherit" }).on("close", done));
      write.call(process.stdout, JSON.stringify(text));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(JSON.parse(stdout), stderr).toEqual(["1", "2", "3", "4"]);
  });
});
