import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { writeAtomically } from "../../../../../kernel-extensions/lab/server/contents/atomic.js";
import { packageRoot } from "../../../../../kernel-extensions/package-root.js";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "arl-atomic-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it.skipIf(process.platform === "win32")("leaves the old file when the disk takes no more", () => {
  const file = join(folder(), "lesson.ipynb");
  writeFileSync(file, "old");
  const compiled = join(packageRoot(), "dist/kernel-extensions/lab/server/contents/atomic.js");
  const script = `
    const { writeAtomically } = await import(${JSON.stringify(pathToFileURL(compiled).href)});
    await writeAtomically(${JSON.stringify(file)}, "x".repeat(1e6)).catch((error) => console.log(error.code));`;
  // The shell's limit on file sizes (in blocks of at most 1 KiB) stops the write in its middle.
  const { stdout, stderr } = spawnSync(
    "sh",
    ["-c", `ulimit -f 64; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
    { encoding: "utf8" },
  );
  expect({ stdout, stderr }).toEqual({ stdout: "EFBIG\n", stderr: "" });
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(join(file, ".."))).toEqual(["lesson.ipynb"]);
});

it("leaves nothing behind when the name is taken by a folder", async () => {
  const target = join(folder(), "taken");
  mkdirSync(join(target, "inside"), { recursive: true });
  await expect(writeAtomically(target, "text")).rejects.toThrow();
  expect(readdirSync(join(target, ".."))).toEqual(["taken"]);
  expect(readdirSync(target)).toEqual(["inside"]);
});

it("gives a reader the one or the other, never a part", async () => {
  const file = join(folder(), "read.txt");
  const versions = ["a", "b"].map((letter) => letter.repeat(2 ** 20));
  await writeAtomically(file, versions[0]!);
  let writing = true;
  const seen = new Set<string>();
  const reading = (async () => {
    while (writing) {
      seen.add(readFileSync(file, "utf8"));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let n = 1; n < 12; n++) await writeAtomically(file, versions[n % 2]!);
  writing = false;
  await reading;
  expect([...seen].every((text) => versions.includes(text))).toBe(true);
});
