/** Checksums against values computed by hand, and against Python itself. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cell } from "../../../kernel-extensions/client/notebook.js";
import { checksum, pythonFloat } from "../../../kernel-extensions/grading/nbgrader/checksum.js";
import { answerMetadata, testMetadata } from "../../../kernel-extensions/grading/nbgrader/metadata.js";

const python = spawnSync("/usr/bin/python3", ["--version"]).status === 0;

const cellOf = (
  source: string | string[],
  nbgrader: object,
  cell_type: Cell["cell_type"] = "code",
): Cell => ({
  ...{ cell_type, source, metadata: { nbgrader } },
});

/** nbgrader's algorithm in the language it was written in: what is fed to the hash, and how Python prints it. */
const reference = `
import hashlib, json, sys
for line in sys.stdin:
    c = json.loads(line)
    n = c["metadata"]["nbgrader"]
    locked = False if n["solution"] else True if n["grade"] else n["locked"]
    parts = [c["source"], c["cell_type"], str(n["grade"]), str(n["solution"]), str(locked), n["grade_id"]]
    if n["grade"]:
        parts.append(str(float(n["points"])))
    print(hashlib.md5("".join(parts).encode("utf-8")).hexdigest())
`;

function byPython(cells: Cell[]): string[] {
  const input = cells.map((cell) => JSON.stringify(cell)).join("\n");
  const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", reference], { input, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("a checksum", () => {
  it.each([
    // printf 'x = 1codeFalseTrueFalsefoo' | md5sum
    [cellOf("x = 1", answerMetadata("foo")), "f49a514b8949f30772d72293cba17f02"],
    // printf 'assert(x)codeTrueFalseTruefoo-test1.0' | md5sum
    [cellOf("assert(x)", testMetadata("foo-test", 1)), "9a2a3821b717475343f0bdb653b02861"],
    // printf '# Päivää\nmarkdownTrueFalseTruebar2.5' | md5sum
    [cellOf(["# Päivää\n"], testMetadata("bar", 2.5), "markdown"), "6e1cf5e0ae3187b5bd11f6f733369417"],
  ])("of %j", (cell, expected) => {
    expect(checksum(cell)).toBe(expected);
  });

  it("needs metadata", () => {
    expect(() => checksum({ cell_type: "code", source: "", metadata: {} })).toThrow(/no nbgrader metadata/);
  });

  it.skipIf(!python)("is Python's, whatever the cell holds", () => {
    const cell = fc
      .record({
        source: fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text).toString()),
        cell_type: fc.constantFrom("code", "markdown", "raw" as const),
        grade: fc.boolean(),
        solution: fc.boolean(),
        locked: fc.boolean(),
        grade_id: fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/),
        points: fc.oneof(fc.nat(100), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
      })
      .map(({ source, cell_type, ...metadata }) =>
        cellOf(source, { schema_version: 3, ...metadata }, cell_type),
      );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 50, maxLength: 50 }), (cells) => {
        expect(cells.map(checksum)).toEqual(byPython(cells));
      }),
      { numRuns: 5 },
    );
  });
});

describe("a number as Python prints it", () => {
  it.each([
    [0, "0.0"],
    [1, "1.0"],
    [12.5, "12.5"],
    [0.1, "0.1"],
    [1 / 3, "0.3333333333333333"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.25e100, "1.25e+100"],
    [-2, "-2.0"],
  ])("%d is %s", (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });

  it.skipIf(!python)("is what Python prints", () => {
    const values = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 500);
    const { stdout } = spawnSync(
      "/usr/bin/python3",
      ["-c", "import json,sys\nfor v in json.load(sys.stdin): print(str(float(v)))"],
      { input: JSON.stringify(values.map((value) => (Object.is(value, -0) ? 0 : value))), encoding: "utf8" },
    );
    expect(values.map((value) => pythonFloat(Object.is(value, -0) ? 0 : value))).toEqual(
      stdout.trim().split("\n"),
    );
  });
});
