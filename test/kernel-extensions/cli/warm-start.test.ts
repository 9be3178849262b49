import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { arl, temporary } from "./support.js";

it("stops on Ctrl-C without a file", async () => {
  const folder = temporary();
  const { code, stdout, stderr } = await arl(["warm-start", "number-line", "--out", "made"], {
    cwd: folder,
    signalAfter: { text: "loss", signal: "SIGINT" },
  });
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toMatch(/^number-line {2}step \d+\/\d+ {2}loss \d/m);
  expect(stderr).toMatch(/^stopped$/m);
  expect(
    statSync(join(folder, "made", "number-line.safetensors"), { throwIfNoEntry: false }),
  ).toBeUndefined();
});
