import { beforeAll, describe, expect, it } from "vitest";
import { frame as frameOf, papers, tableNames, toFrame, type Frame } from "../../../src/survey/index.js";
import { raw } from "./raw.js";

describe("frame", () => {
  it.each(tableNames)("%s: the file's columns and rows, text left as text", async (name) => {
    const frame = await frameOf(name);
    const cells = raw(name);
    expect(frame.columns).toEqual(Object.keys(cells[0]!));
    expect(frame.shape).toEqual([cells.length, frame.columns.length]);
    for (const column of frame.columns) {
      const values = frame.column(column).values;
      const dtype = frame.dtypes[frame.columns.indexOf(column)];
      for (const [index, value] of values.entries()) {
        const cell = cells[index]![column]!;
        if (dtype === "string") expect(value).toBe(cell === "" ? null : cell);
        else if (dtype === "int32") expect(value).toBe(cell === "" ? Number.NaN : Number(cell));
        else expect(value).toBe(cell === "" ? null : ["true", "yes"].includes(cell));
      }
    }
  });

  let frame: Frame;
  beforeAll(async () => {
    frame = await papers();
  });

  it("keeps arXiv ids and months as text, trailing zeros included", () => {
    const ids = frame.column("arxiv_id").values;
    const zeros = raw("papers").filter((row) => row["arxiv_id"]!.endsWith("0"));
    expect(zeros.length).toBeGreaterThan(50);
    for (const row of zeros) expect(ids).toContain(row["arxiv_id"]);
    expect(new Set(frame.column("date").values.map((value) => typeof value))).toEqual(
      new Set(["string", "object"]),
    );
  });

  it("works with danfo's own operations", async () => {
    const counted = frame.groupby(["kind"]).col(["key"]).count();
    expect(counted.columns).toEqual(["kind", "key_count"]);
    expect(Object.fromEntries(counted.values as [string, number][])).toEqual({
      paper: 1052,
      project: 59,
      page: 32,
    });
    expect(frame.query(frame.column("in_survey")).shape[0]).toBe(580);
    expect(frame.head(3).shape[0]).toBe(3);
    const { DataFrame } = await import("danfojs-node");
    expect(frame).toBeInstanceOf(DataFrame);
  });

  it("groupby names a column that is not there, on what its methods give too", () => {
    const message = /^groupby\(\): a column must be one of "key", .*, got "taks"\. Did you mean "task"\?$/;
    for (const some of [
      frame,
      frame.head(),
      frame.query(frame.column("in_survey")),
      frame.sortValues("key").tail(3),
      frame.loc({ columns: ["key", "task"], rows: [0, 1] }).rename({ key: "work" }),
    ]) {
      expect(() => some.groupby(["taks"])).toThrow(RangeError);
    }
    expect(() => frame.groupby(["kind", "taks"])).toThrow(message);
    expect(() => frame.groupby("kind" as never)).toThrow(
      'groupby(): columns must be an array of names, got "kind"',
    );
    expect(frame.query(frame.column("in_survey")).groupby(["kind"]).ngroups).toBe(3);
  });

  it("a missing number is not counted as zero", () => {
    const years = raw("papers").flatMap((row) => (row["year"] ? [Number(row["year"])] : []));
    expect(frame.column("year").count()).toBe(years.length);
    expect(frame.column("year").mean()).toBeCloseTo(years.reduce((a, b) => a + b) / years.length, 6);
  });
});

describe("toFrame", () => {
  it("takes dtypes from the values, never turning text into numbers", async () => {
    const frame = await toFrame([
      { id: "2310.10150", papers: 3, share: 0.5, ok: true, tags: ["a", "b"], none: null },
      { id: "2509.02540", papers: null, share: 1, ok: null, tags: [], none: null },
    ]);
    expect(frame.columns).toEqual(["id", "papers", "share", "ok", "tags", "none"]);
    expect(frame.dtypes).toEqual(["string", "int32", "float32", "boolean", "string", "string"]);
    expect(frame.values).toEqual([
      ["2310.10150", 3, 0.5, true, "a;b", null],
      ["2509.02540", Number.NaN, 1, null, null, null],
    ]);
  });

  it("makes an empty frame only of named columns", async () => {
    await expect(toFrame([])).rejects.toThrow(RangeError);
    expect((await toFrame([], ["month", "papers"])).columns).toEqual(["month", "papers"]);
  });

  it("refuses what a frame cannot hold", async () => {
    await expect(toFrame([{ a: { b: 1 } }])).rejects.toThrow("not object");
  });
});
