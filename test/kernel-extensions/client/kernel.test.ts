import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  findKernelSpec,
  ownKernelName,
  ownKernelSpec,
} from "../../../kernel-extensions/cli/kernelspec/find.js";
import { startKernel, type Kernel } from "../../../kernel-extensions/client/kernel.js";
import type { Message } from "../../../kernel-extensions/client/message.js";
import { KernelDied } from "../../../kernel-extensions/client/process.js";
import { kernels, temporary } from "../cli/support.js";

const specOf = (name: string) => (name === ownKernelName ? ownKernelSpec() : findKernelSpec(name)!.spec);

let running: Kernel | undefined;
afterEach(async () => {
  await running?.kill();
  running = undefined;
  vi.unstubAllEnvs();
});

describe.each(kernels)("a client of $name", ({ name, print, fail, sleep, die }) => {
  async function start(cwd = temporary()): Promise<Kernel> {
    running = await startKernel(specOf(name), { cwd });
    return running;
  }

  it("gets every output before the reply counts", async () => {
    const kernel = await start();
    expect(kernel.info).toHaveProperty("language_info.name");
    for (let round = 1; round <= 3; round++) {
      const messages: Message[] = [];
      const reply = await kernel.execute(print(`round ${round}`), (message) => messages.push(message));
      expect(reply).toMatchObject({ status: "ok", executionCount: round });
      expect(messages.map((message) => message.header.msg_type)).toContain("execute_input");
      const printed = messages.filter((message) => message.header.msg_type === "stream");
      expect(printed.map((message) => message.content.text).join("")).toBe(`round ${round}\n`);
    }
  });

  it("hears of errors, and goes on after one", async () => {
    const kernel = await start();
    const types: string[] = [];
    const reply = await kernel.execute(fail, (message) => types.push(message.header.msg_type));
    expect(reply).toMatchObject({ status: "error", evalue: "too far\nout" });
    expect(types).toContain("error");
    expect(await kernel.execute("1 + 1", () => undefined)).toMatchObject({ status: "ok" });
  });

  it("can interrupt", async () => {
    const kernel = await start();
    setTimeout(() => {
      kernel.interrupt();
    }, 500);
    expect(await kernel.execute(sleep, () => undefined)).toMatchObject({ status: "error" });
    expect(await kernel.execute("1 + 1", () => undefined)).toMatchObject({ status: "ok" });
  });

  it("is told when the kernel dies", async () => {
    const kernel = await start();
    await expect(kernel.execute(die, () => undefined)).rejects.toThrow(KernelDied);
    await expect(kernel.execute("1 + 1", () => undefined)).rejects.toThrow(/was ended by SIGKILL/);
  });

  it("leaves nothing behind", async () => {
    const [cwd, folder] = [temporary(), temporary()];
    vi.stubEnv("TMPDIR", folder);
    const kernel = await start(cwd);
    const files = () => readdirSync(folder).filter((file) => file.startsWith("arl-connection-"));
    expect(files()).toHaveLength(1);
    expect(statSync(join(folder, files()[0]!, "connection.json")).mode & 0o077).toBe(0);
    await kernel.shutdown();
    await expect.poll(files).toEqual([]);
  });
});

describe("a kernel that does not start", () => {
  const spec = { name: "broken", interruptMode: "signal" as const };
  const node = process.execPath;

  it("tells what it printed", async () => {
    const script = "console.error('no such tensor'); process.exit(3)";
    const started = startKernel({ ...spec, argv: [node, "-e", script] }, { cwd: temporary() });
    await expect(started).rejects.toThrow(/ended with exit code 3\nIt last printed:\nno such tensor/);
  });

  it("or cannot be found, is an error", async () => {
    const started = startKernel({ ...spec, argv: ["/nowhere/kernel"] }, { cwd: temporary() });
    await expect(started).rejects.toThrow(/could not be started/);
  });

  it("and never answers, is ended", async () => {
    const argv = [node, "-e", "setInterval(() => {}, 1000)"];
    const started = startKernel({ ...spec, argv }, { cwd: temporary(), timeoutMs: 500 });
    await expect(started).rejects.toThrow(/did not answer within 0.5 s/);
  });
});
