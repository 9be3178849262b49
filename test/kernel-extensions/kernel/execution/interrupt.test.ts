/** Stopping what waits. (Blocked loops are terminated from the kernel's other thread: see the protocol tests.) */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestNotebook } from "../notebook.js";

let notebook: TestNotebook;
beforeAll(() => {
  notebook = new TestNotebook();
});
afterAll(() => notebook.remove());

async function interrupted(code: string): Promise<number> {
  const started = performance.now();
  const running = notebook.error(code);
  setTimeout(() => notebook.executor.interrupt(), 200);
  expect((await running).ename).toBe("Interrupted");
  return performance.now() - started - 200;
}

describe("an interrupt", () => {
  it("stops a pending await, runs finally, keeps the state", async () => {
    await notebook.value("let log: string[] = []");
    expect(
      await interrupted(
        "log.push('in'); try { await new Promise(() => {}) } finally { log.push('finally') }",
      ),
    ).toBeLessThan(1000);
    expect(await notebook.value("log")).toBe("[ 'in', 'finally' ]");
  });

  it("stops a loop over awaits, also in a function of an earlier cell", async () => {
    await notebook.value(
      "let rounds = 0; async function loop() { for (;;) { rounds++; await new Promise(r => setTimeout(r, 2)) } }",
    );
    await interrupted("await loop()");
    const after = await notebook.value("rounds");
    await new Promise((r) => setTimeout(r, 50));
    expect(await notebook.value("rounds")).toBe(after);
  });

  it("stops for await and lets the generator clean up", async () => {
    await notebook.value(
      "log = []; async function* source() { try { for (let i = 0; ; i++) { await new Promise(r => setTimeout(r, 2)); yield i } } finally { log.push('closed') } }",
    );
    await interrupted("for await (const i of source()) { if (i < 0) break }");
    expect(await notebook.value("log")).toBe("[ 'closed' ]");
  });

  it("aborts the cell's signal before anything else", async () => {
    const { executor } = notebook;
    const running = notebook.error("await new Promise(() => {})");
    await new Promise((r) => setTimeout(r, 50));
    const { signal } = executor;
    expect(signal.aborted).toBe(false);
    executor.interrupt();
    expect(signal.aborted).toBe(true);
    await running;
    await notebook.value("1");
    expect(executor.signal.aborted).toBe(false);
  });

  it("gives up on a clean-up that never ends", async () => {
    const code =
      "await using stuck = { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) }; await new Promise(() => {})";
    const took = await interrupted(code);
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(1900);
  });

  it("ends intervals that finished cells left behind", async () => {
    await notebook.value("let ticks = 0; setInterval(() => { ticks++ }, 2); 0");
    await new Promise((r) => setTimeout(r, 30));
    notebook.executor.interrupt();
    const after = await notebook.value("ticks");
    expect(Number(after)).toBeGreaterThan(0);
    await new Promise((r) => setTimeout(r, 30));
    expect(await notebook.value("ticks")).toBe(after);
  });

  it("with nothing running does no harm", async () => {
    notebook.executor.interrupt();
    expect(await notebook.value("await Promise.resolve(3)")).toBe("3");
  });
});

it("user expressions are evaluated in the notebook's scope and declare nothing", async () => {
  await notebook.value("const base = 20");
  const outcome = await new Promise((resolve) => notebook.executor.evaluate("base * 2 // comment", resolve));
  expect(outcome).toEqual({ status: "ok", result: { "text/plain": "40" } });
  const failed = await new Promise<{ status: string }>((resolve) =>
    notebook.executor.evaluate("noSuch", resolve),
  );
  expect(failed.status).toBe("error");
});
