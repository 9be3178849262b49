import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kernelMain } from "../../support/kernelspec.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "arl-main-"));
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function start(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [kernelMain, ...args], { encoding: "utf8", timeout: 20_000 });
}

function startWith(connection: unknown): { status: number | null; stderr: string } {
  const file = path.join(folder, "connection.json");
  fs.writeFileSync(file, typeof connection === "string" ? connection : JSON.stringify(connection));
  return start(file);
}

describe("the kernel's program", () => {
  it("explains itself when started by hand", () => {
    for (const args of [[], ["--help"], ["a", "b"]]) {
      const { status, stderr } = start(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^usage: [^\n]+\n$/);
    }
  });

  it("says in one line what is wrong with the connection file", () => {
    const good = { ip: "127.0.0.1", key: "k", transport: "tcp", shell_port: 1, iopub_port: 2, stdin_port: 3 };
    for (const [connection, complaint] of [
      ["{", /not JSON/],
      [{ ...good, control_port: 4, hb_port: "x" }, /"hb_port" must be a port number, got "x"/],
      [{ ...good, control_port: 4, hb_port: 5, signature_scheme: "rot13" }, /"rot13" is not supported/],
    ] as const) {
      const { status, stderr } = startWith(connection);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^connection file [^\n]+\n$/);
      expect(stderr).toMatch(complaint);
    }
    const { status, stderr } = start(path.join(folder, "none.json"));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/ENOENT[^\n]*\n$/)]);
  });

  it("says so when it cannot listen", () => {
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
    const { status, stderr } = startWith({ ...ports, ip: "203.0.113.1", key: "k" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^agentic-rl kernel: [^\n]+\n$/);
  });
});
