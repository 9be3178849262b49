/** Comparing, copying and printing values. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference } from "../../../kernel-extensions/grading/checks/compare.js";
import { copyData } from "../../../kernel-extensions/grading/checks/copy.js";
import { callText, valueText } from "../../../kernel-extensions/grading/checks/format.js";

describe("a difference", () => {
  it.each([
    [1, 1 + 1e-9, undefined],
    [1, 1.1, "is not right"],
    [1e6, 1e6 + 0.5, undefined],
    [NaN, 1, "is NaN"],
    [NaN, NaN, undefined],
    [Infinity, Infinity, undefined],
    [-0, 0, undefined],
    ["1", 1, "is not a number but the string"],
    [undefined, 1, "is there a return?"],
    [Promise.resolve(1), 1, "a promise"],
    [[1, 2], [1, 2, 3], "has 2 items instead of 3"],
    [[1, 5, 3], [1, 2, 3], "is not right at [1]"],
    [[[1], [2]], [[1], [3]], "at [1][0]"],
    [3, [3], "is not a list but the number 3"],
    [Float32Array.of(0.1), [0.1], undefined],
    [[0.1], Float32Array.of(0.1), undefined],
    [{ a: 1 }, { a: 1, b: 2 }, "lacks the field b"],
    [{ a: 1, b: 2 }, { a: 1 }, "a field too many, b"],
    [{ a: { b: [1] } }, { a: { b: [2] } }, "at .a.b[0]"],
    [
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      undefined,
    ],
    [new Map([["a", 1]]), new Map([["a", 2]]), "is not right"],
    [new Set([2, 1]), new Set([1, 2]), undefined],
    ["yes", "no", "is not right"],
    [null, { a: 1 }, "is not an object but null"],
    [true, true, undefined],
  ])("of %j from %j", (got, expected, told) => {
    const found = difference(got, expected, 1e-6);
    if (told === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(told);
  });

  it("is none of a value from its copy, and the copy shares nothing that can change", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = copyData(value);
        expect(copy).toEqual(value);
        expect(difference(copy, value, 0)).toBeUndefined();
        const shared = (a: unknown, b: unknown): boolean =>
          typeof a === "object" && a !== null && typeof b === "object" && b !== null
            ? a === b || Object.keys(a).some((k) => shared((a as never)[k], (b as never)[k]))
            : false;
        expect(shared(value, copy)).toBe(false);
      }),
      { examples: [[{ ["__proto__"]: 0 }]] },
    );
  });
});

describe("a copy", () => {
  it("keeps typed arrays, maps, sets and cycles, and leaves instances and functions", () => {
    const tensor = new Date(0);
    const call = () => 1;
    const value: Record<string, unknown> = {
      ...{ numbers: Float32Array.of(1, 2), map: new Map([["a", [1]]]), set: new Set([1]), tensor, call },
    };
    value.self = value;
    const copy = copyData(value);
    expect(copy.numbers).toEqual(value.numbers);
    expect(copy.numbers).not.toBe(value.numbers);
    expect(copy.map).toEqual(value.map);
    expect((copy.map as Map<string, unknown>).get("a")).not.toBe(
      (value.map as Map<string, unknown>).get("a"),
    );
    expect([copy.tensor, copy.call]).toEqual([tensor, call]);
    expect(copy.self).toBe(copy);
  });
});

describe("a value in a message", () => {
  it.each([
    [1 / 3, "0.3333"],
    [12345.678, "12350"],
    [1e-7, "1e-7"],
    [123456, "123456"],
    [-0, "0"],
    [[1, 2], "[1, 2]"],
    [Array.from({ length: 100 }, (_, i) => i), "[0, 1, 2, 3, 4, 5, … (100 in all), 99]"],
    [Float32Array.of(0.1), "[0.1]"],
    [{ a: 1, b: "x" }, '{ a: 1, b: "x" }'],
    [new Map([["a", 1]]), 'Map {["a", 1]}'],
    [
      new (class Maze {
        rooms = 3;
        walk = () => this.enter();
        enter(): number {
          return this.rooms;
        }
      })(),
      "a Maze",
    ],
    [Promise.resolve(), "a promise"],
    [undefined, "undefined"],
    ["a\nb", '"a\\nb"'],
    [new RangeError("too far\nout"), "RangeError: too far"],
    [() => 1, "a function"],
  ])("%j", (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  it("is short, on one line, whatever it is", () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    expect(valueText(hostile)).toBe("a value that cannot be read");
    fc.assert(
      fc.property(
        fc.anything({ withTypedArray: true, withMap: true, withSet: true, withBigInt: true }),
        (value) => {
          const text = valueText(value);
          expect(text.length).toBeLessThanOrEqual(140);
          expect(text).not.toContain("\n");
        },
      ),
    );
    expect(callText("f", [[1], "x"])).toBe('f([1], "x")');
  });
});
