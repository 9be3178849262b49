import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { rename } from "../../kernel-extensions/rename.js";

/** A disk that refuses so many renames. */
function refusing(times: number, code: string) {
  let tries = 0;
  const once = () => {
    tries++;
    return tries <= times ? Promise.reject(Object.assign(new Error(code), { code })) : Promise.resolve();
  };
  return { once, tries: () => tries };
}

it.each(["EPERM", "EBUSY", "EACCES"])("on Windows tries again while the file is held (%s)", async (code) => {
  const disk = refusing(3, code);
  await rename("a", "b", { rename: disk.once, platform: "win32" });
  expect(disk.tries()).toBe(4);
});

it("gives up after a bounded time, with what was said last", async () => {
  const disk = refusing(Infinity, "EBUSY");
  const began = Date.now();
  await expect(rename("a", "b", { rename: disk.once, platform: "win32" })).rejects.toThrow("EBUSY");
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(disk.tries()).toBeGreaterThan(3);
});

it("does not try again what will not change, nor elsewhere", async () => {
  for (const [code, platform] of [
    ["ENOENT", "win32"],
    ["ENOSPC", "win32"],
    ["EACCES", "linux"],
    ["EPERM", "darwin"],
  ] as const) {
    const disk = refusing(1, code);
    await expect(rename("a", "b", { rename: disk.once, platform })).rejects.toThrow(code);
    expect(disk.tries()).toBe(1);
  }
});

it("renames", async () => {
  const folder = mkdtempSync(join(tmpdir(), "arl-rename-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a"), "content");
  for (const platform of ["win32", "linux"] as const) {
    await rename(join(folder, "a"), join(folder, "b"), { platform });
    expect(readFileSync(join(folder, "b"), "utf8")).toBe("content");
    await rename(join(folder, "b"), join(folder, "a"), { platform });
  }
});
