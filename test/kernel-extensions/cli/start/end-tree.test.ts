import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { endTree } from "../../../../kernel-extensions/cli/start/end-tree.js";
import { gone } from "./started.js";

it("on Windows ends what a .cmd file has started, too", () => {
  const calls: [string, string[]][] = [];
  const killed: number[] = [];
  const child = Object.assign(new EventEmitter(), { unref: () => undefined });
  endTree(77, "SIGTERM", {
    platform: "win32",
    kill: (pid) => killed.push(pid),
    spawn: (command, args) => {
      calls.push([command, args]);
      return child;
    },
  });
  expect(calls).toEqual([
    [expect.stringMatching(/\\System32\\taskkill\.exe$/) as string, ["/pid", "77", "/t", "/f"]],
  ]);
  expect(killed).toEqual([]);
  child.emit("error"); // Without it, at least the process itself ends.
  expect(killed).toEqual([77]);
});

it.skipIf(process.platform === "win32")(
  "elsewhere reaches the children of a shell, and minds none",
  async () => {
    const shell = spawn("sh", ["-c", "sleep 60 & echo $!; wait"], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const child = await new Promise<number>((done) =>
      shell.stdout.once("data", (text) => done(Number(text))),
    );
    endTree(shell.pid!, "SIGTERM");
    await gone(child);
    await gone(shell.pid!);
    endTree(shell.pid!, "SIGTERM");
  },
);
