import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  displaySymbol,
  figure,
  figureBundle,
  type PlotlyFigure,
} from "../../../kernel-extensions/display/index.js";

const plotly = "application/vnd.plotly.v1+json";
const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0);
const traces = (...data: object[]): PlotlyFigure => ({ data });

describe("a figure's bundle", () => {
  it("is Plotly's JSON and text, never HTML", () => {
    const bundle = figureBundle(
      { data: [{ y: [1, 2], name: "GRPO" }], layout: { title: { text: "Reward" } } },
      "It rises.",
    );
    expect(bundle).toEqual({
      [plotly]: { data: [{ y: [1, 2], name: "GRPO" }], layout: { title: { text: "Reward" } }, config: {} },
      "text/plain": "Reward: It rises.\n1 trace; GRPO (scatter, 2 points, last 2)",
    });
  });

  it("describes what it can", () => {
    const text = (spec: PlotlyFigure) => figureBundle(spec)["text/plain"];
    expect(text(traces())).toBe("Figure\n0 traces");
    expect(text({ data: [{ type: "heatmap", z: [[1], [2]] }], layout: { title: "a<br><b>b</b>" } })).toBe(
      "a b\n1 trace; heatmap, 2 points",
    );
    expect(
      text(traces(...Array.from({ length: 20 }, () => ({ type: "bar", y: new Float32Array([NaN]) })))),
    ).toMatch(/^Figure\n20 traces; (bar, 1 point; ){8}…$/);
  });

  it("keeps config and frames", () => {
    const bundle = figure({
      data: [],
      config: { responsive: true },
      frames: [{ name: "f", data: [{ y: [NaN] }] }],
    })[displaySymbol]();
    expect(bundle[plotly]).toEqual({
      data: [],
      layout: {},
      config: { responsive: true },
      frames: [{ name: "f", data: [{ y: [null] }] }],
    });
  });

  it("takes a still, whatever it is", () => {
    expect(figure(traces(), { still: png })[displaySymbol]()["image/png"]).toBe(
      Buffer.from(png).toString("base64"),
    );
    expect(figure(traces(), { still: "<svg/>" })[displaySymbol]()["image/svg+xml"]).toBe("<svg/>");
    expect(() => figure(traces(), { still: new Uint8Array(3) })).toThrow(TypeError);
  });

  it("is a figure itself, and taken as one again", () => {
    const one = figure({ data: [{ y: [1] }] });
    expect(one.data).toEqual([{ y: [1] }]);
    expect(one.layout).toEqual({});
    expect(figure(one)[displaySymbol]()).toEqual(one[displaySymbol]());
  });
});

function isJson(value: unknown): boolean {
  if (typeof value !== "object")
    return ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
  return value === null || Object.values(value).every(isJson);
}

describe("data as JSON", () => {
  const json = (value: unknown) =>
    (figureBundle(traces({ v: value }))[plotly] as { data: { v: unknown }[] }).data[0]!.v;

  it("has plain arrays and gaps", () => {
    expect(json(new Float64Array([1, NaN, Infinity]))).toEqual([1, null, null]);
    expect(json(new BigInt64Array([1n]))).toEqual([1]);
    expect(json([1, -Infinity, undefined, () => 1, "x"])).toEqual([1, null, null, null, "x"]);
    expect(json(Array(2))).toEqual([null, null]);
    expect(json({ a: undefined, b: () => 1, c: 2n })).toEqual({ c: 2 });
    expect(json([new Date(0), new Date(NaN)])).toEqual(["1970-01-01T00:00:00.000Z", null]);
    expect(json({ $isSeries: true, values: [1, NaN] })).toEqual([1, null]);
    expect(json(JSON.parse('{"__proto__": {"x": 1}}'))).toEqual(JSON.parse('{"__proto__": {"x": 1}}'));
  });

  it("is what JSON would keep, for all plain data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(json(value))).toBe(JSON.stringify(value));
      }),
    );
    fc.assert(
      fc.property(
        fc.anything({ withTypedArray: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
        (value) => {
          expect(isJson(json({ value }))).toBe(true);
        },
      ),
    );
  });

  it("names what it cannot hold", () => {
    class Tensor {
      shape = [1];
    }
    expect(() => json([0, { x: new Tensor() }])).toThrow(
      "figure.data[0].v[1].x must be plain data, got a Tensor; read its numbers first: await tensor.data()",
    );
    expect(() => json(new Map())).toThrow("figure.data[0].v must be plain data, got a Map");
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => json(loop)).toThrow("figure.data[0].v.self contains itself");
    const twice = [1];
    expect(json([twice, twice])).toEqual([[1], [1]]);
  });

  it("shares nothing with what was given", () => {
    const y = [1];
    const bundle = figureBundle(traces({ y }));
    y.push(2);
    expect(bundle[plotly]).toMatchObject({ data: [{ y: [1] }] });
  });
});

describe("validation names the field", () => {
  it.each<[unknown, string]>([
    [undefined, "a figure is an object { data, layout }, got undefined"],
    [{}, "figure.data must be an array of traces, got undefined"],
    [{ data: { y: [1] } }, "figure.data must be an array of traces, got an object"],
    [{ data: [[1, 2]] }, "figure.data[0] must be an object, got an array"],
    [{ data: [{}, null] }, "figure.data[1] must be an object, got null"],
    [{ data: [], layout: [] }, "figure.layout must be an object, got an array"],
    [{ data: [], config: "x" }, "figure.config must be an object, got a string"],
    [{ data: [], frames: {} }, "figure.frames must be an array of frames, got an object"],
  ])("%j", (spec, message) => {
    expect(() => figure(spec as PlotlyFigure)).toThrow(new TypeError(message));
    expect(() => figureBundle(spec as PlotlyFigure)).toThrow(new TypeError(message));
  });
});
