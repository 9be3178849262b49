import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cellSignal, clearOutput, comms, input } from "../../../kernel-extensions/display/index.js";
import { enterKernel, leaveKernel, listen } from "./harness.js";

afterEach(() => {
  vi.restoreAllMocks();
  leaveKernel();
});

describe("in a kernel", () => {
  it("everything is the kernel's", async () => {
    const kernel = enterKernel();
    clearOutput();
    clearOutput(true);
    expect(await input("name? ", { password: true })).toBe("answer");
    comms.open("t", 1);
    comms.registerTarget("t", () => undefined);
    comms.unregisterTarget("t");
    expect(kernel.calls).toEqual([
      ["clearOutput", false],
      ["clearOutput", true],
      ["input", "name? ", { password: true }],
      ["open", "t", 1],
      ["register", "t"],
      ["unregister", "t"],
    ]);
    expect(cellSignal()).toBe(kernel.signal);
  });
});

describe("outside", () => {
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;
  let typed: PassThrough;
  let readline: typeof import("../../../kernel-extensions/display/readline.js");
  beforeEach(async () => {
    typed = new PassThrough();
    Object.defineProperty(process, "stdin", { value: typed, configurable: true });
    vi.resetModules();
    readline = await import("../../../kernel-extensions/display/readline.js");
  });
  afterEach(() => Object.defineProperty(process, "stdin", stdin));

  it("there are no outputs to clear, no channels, no interrupts", () => {
    clearOutput();
    expect(() => comms.open("t")).toThrow("outside the kernel");
    expect(() => comms.registerTarget("t", () => undefined)).toThrow("outside the kernel");
    expect(cellSignal().aborted).toBe(false);
    expect(cellSignal()).toBe(cellSignal());
  });

  it("a pipe answers line by line, until it ends", async () => {
    const err = listen("stderr");
    typed.write("one\ntwo\nth");
    expect(await readline.readLine("1? ", false)).toBe("one");
    expect(await readline.readLine("2? ", true)).toBe("two");
    const third = readline.readLine("3? ", false);
    typed.end("ree\n");
    expect(await third).toBe("three");
    await expect(readline.readLine("4? ", false)).rejects.toThrow("standard input has ended");
    expect(err.text()).toBe("1? 2? 3? 4? ");
  });

  it("a pipe may end with the question open", async () => {
    listen("stderr");
    const answer = readline.readLine("? ", false);
    typed.end();
    await expect(answer).rejects.toThrow("standard input has ended");
  });

  it("a terminal shows what is typed, unless it is a password", async () => {
    Object.assign(typed, { isTTY: true, setRawMode: () => typed });
    const err = listen("stderr", true);
    const name = readline.readLine("name? ", false);
    typed.write("Ada\r");
    expect(await name).toBe("Ada");
    expect(err.text()).toContain("name? ");
    expect(err.text()).toContain("Ada");
    const secret = readline.readLine("password? ", true);
    typed.write("hush\r");
    expect(await secret).toBe("hush");
    expect(err.text()).toContain("password? ");
    expect(err.text()).not.toContain("hush");
    const left = readline.readLine("? ", false);
    typed.write("\x03"); // Ctrl-C
    await expect(left).rejects.toThrow("ended");
  });
});
