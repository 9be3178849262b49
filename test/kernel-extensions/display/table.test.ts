import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  displaySymbol,
  table,
  type TableOptions,
  type TableRows,
} from "../../../kernel-extensions/display/index.js";
import { hostile } from "./hostile.js";

function rendered(rows: TableRows, options?: TableOptions): { html: string; text: string; lines: string[] } {
  const bundle = table(rows, options)[displaySymbol]();
  const text = bundle["text/plain"] as string;
  return { html: bundle["text/html"] as string, text, lines: text.split("\n") };
}

/** The tags of `html` in order, attributes dropped, and the attributes by themselves. */
function tags(html: string): string[] {
  return [...html.matchAll(/<(\/?[a-z]+)((?:\s+[a-z-]+="[^"]*")*)>/g)].map((match) => match[1]!);
}

const ours =
  /<\/?(?:div|table|figure|figcaption|thead|tbody|tfoot|tr|th|td|a)(?: (?:style|aria-label|scope|colspan|href|target|rel)="[^"<>]*")*>/g;

describe("shapes", () => {
  it("takes records, their keys in the order they first appear", () => {
    const { text } = rendered([
      { b: 1, a: "x" },
      { c: true, b: 22 },
    ]);
    expect(text).toBe([" b  a  c", "──  ─  ────", " 1  x", "22     true"].join("\n"));
  });

  it("takes arrays of cells, ragged ones too", () => {
    const { lines } = rendered([[1, 2], [3], [4, 5, 6]], { columns: ["p", "q"] });
    expect(lines).toEqual(["p  q  2", "─  ─  ─", "1  2", "3", "4  5  6"]);
    expect(rendered([new Float64Array([0.5, 2])]).lines.at(-1)).toBe("0.5  2");
  });

  it("takes single values, a Map, and a Map of records", () => {
    expect(rendered([3, 14]).lines).toEqual(["value", "─────", "    3", "   14"]);
    expect(rendered(new Map([["a", 1]])).lines).toEqual(["   value", "─  ─────", "a      1"]);
    expect(
      rendered(
        new Map([
          ["a", { n: 1 }],
          ["b", { n: 2 }],
        ]),
      ).html,
    ).toContain('<th scope="row"');
  });

  it("takes what looks like a danfo frame or series", () => {
    const frame = {
      columns: ["n", "s"],
      values: [
        [1, "x"],
        [2, "y"],
      ],
      index: ["r", "t"],
    };
    expect(rendered(frame).lines).toEqual(["   n  s", "─  ─  ─", "r  1  x", "t  2  y"]);
    expect(rendered(frame, { columns: ["s"] }).lines).toEqual(["   s", "─  ─", "r  x", "t  y"]);
    expect(rendered({ columns: ["0"], values: [1.5, 2], index: [0, 1] }).lines).toEqual([
      "     0",
      "─  ───",
      "0  1.5",
      "1  2.0",
    ]);
  });

  it("keeps two columns of one name apart", () => {
    const frame = { columns: ["a", "a"], values: [[1, 2]], index: [0] };
    expect(rendered(frame).lines.at(-1)).toBe("0  1  2");
    expect(rendered([{ a: 1 }], { columns: ["a", "a"] }).lines.at(-1)).toBe("1  1");
  });

  it("takes nothing at all", () => {
    expect(rendered([]).text).toContain("no rows");
    expect(rendered([{}, {}]).html).toContain("<tbody>");
    expect(rendered({ columns: ["a"], values: [], index: [] }).lines).toEqual(["   a", "─  ─", "no rows"]);
    expect(rendered([], { columns: ["a"], caption: "None" }).lines).toEqual(["None", "a", "─", "no rows"]);
    expect(rendered(new Map()).text).toContain("no rows");
    expect(rendered([undefined, null, { a: 1 }]).lines).toEqual(["a", "─", "", "", "1"]);
  });

  it("says how many rows and columns it does not show", () => {
    const rows = Array.from({ length: 1143 }, (_, i) => ({ i }));
    const { html, lines } = rendered(rows);
    expect(html).toContain("showing 50 of 1143 rows");
    expect(html.match(/<tr[ >]/g)).toHaveLength(52);
    expect(lines.at(-1)).toBe("showing 50 of 1143 rows");
    expect(rendered(rows, { limit: Infinity }).html).not.toContain("showing");
    const wide = rendered([Array.from({ length: 400 }, (_, i) => i * 1000)]);
    expect(wide.lines.at(-1)).toMatch(/^\d+ more columns not shown$/);
    expect(Math.max(...wide.lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(wide.html.match(/<td /g)).toHaveLength(400);
  });

  it("names the mistake", () => {
    expect(() => table({ a: 1 } as never)).toThrow("table([record])");
    expect(() => table(undefined as never)).toThrow(TypeError);
    expect(() => table([{ reward: 1 }], { columns: ["rewrad"] })).toThrow(
      'no column "rewrad"; there is reward',
    );
    expect(() => table({ columns: ["a"], values: [[1]], index: [0] }, { columns: ["b"] })).toThrow(
      'no column "b"',
    );
    expect(() => table([], { limit: 0 })).toThrow(RangeError);
    expect(() => table([], { limit: NaN })).toThrow(RangeError);
    expect(() => table([], { precision: 1.5 })).toThrow(RangeError);
  });
});

describe("cells", () => {
  const column = (values: unknown[], options?: TableOptions) =>
    rendered(
      values.map((v) => ({ v })),
      options,
    )
      .lines.slice(2)
      .map((line) => line.trim());

  it("writes the numbers of a column alike", () => {
    expect(column([0.5, 0.25, 3])).toEqual(["0.50", "0.25", "3.00"]);
    expect(column([1 / 3, -2 / 3, -0])).toEqual(["0.3333", "-0.6667", "0.0000"]);
    expect(column([1, 2, NaN, Infinity, -Infinity])).toEqual(["1", "2", "NaN", "∞", "-∞"]);
    expect(column([0.000031234567, 1.5, 1e21, 3.21e-9])).toEqual(["0.00003123", "1.5", "1e+21", "3.21e-9"]);
    expect(column([1.23456, 2], { precision: 2 })).toEqual(["1.23", "2.00"]);
    expect(column([1, 2], { precision: 2 })).toEqual(["1", "2"]);
    expect(column([10n ** 20n, 1n])).toEqual(["100000000000000000000", "1"]);
    expect(column([Number.MAX_SAFE_INTEGER])).toEqual(["9007199254740991"]);
  });

  it("writes everything else short and on one line", () => {
    expect(column([null, undefined, true])).toEqual(["null", "", "true"]);
    expect(column([new Date("2026-01-02"), new Date("2026-01-02T03:04:05Z"), new Date(NaN)])).toEqual([
      "2026-01-02",
      "2026-01-02T03:04:05.000Z",
      "Invalid Date",
    ]);
    expect(column([{ a: { b: { c: 1 } } }, [1, 2], "a\nb"])).toEqual([
      "{ a: { b: [Object] } }",
      "[ 1, 2 ]",
      "a b",
    ]);
    expect(column([new Float32Array(100)])[0]!.length).toBeLessThanOrEqual(40);
    expect(column(["x".repeat(500)])[0]).toBe("x".repeat(39) + "…");
  });

  it("aligns columns of numbers to the right, in both forms", () => {
    const { html } = rendered([
      { n: 1, s: "x" },
      { n: null, s: "y" },
    ]);
    expect(html).toMatch(/<th scope="col" style="[^"]*text-align:right[^"]*">n<\/th>/);
    expect(html).toMatch(/<th scope="col" style="[^"]*text-align:left[^"]*">s<\/th>/);
  });

  it("aligns wide characters", () => {
    expect(
      rendered([
        { a: "数学", b: 1 },
        { a: "x", b: 2 },
      ]).lines.slice(2),
    ).toEqual(["数学  1", "x     2"]);
  });
});

describe("markup", () => {
  it("is a table with a caption and headed columns", () => {
    const { html } = rendered({ columns: ["a"], values: [[1]], index: [7] }, { caption: "Rewards <1>" });
    expect(tags(html).join(" ")).toBe(
      "figure figcaption /figcaption div table thead tr td /td th /th /tr /thead tbody tr th /th td /td /tr /tbody /table /div /figure",
    );
    expect(html).toContain("Rewards &lt;1&gt;</figcaption>");
  });

  it("lets no data become markup", () => {
    const cell = fc.oneof(hostile, fc.anything());
    const record = fc.dictionary(hostile, cell, { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), hostile, (rows, caption) => {
        const { html } = rendered(rows, { caption });
        expect(html.replaceAll(ours, "")).not.toMatch(/[<>]/);
      }),
      { numRuns: 300 },
    );
  });

  it("links http and https, nothing else", () => {
    const { html } = rendered([
      { u: "https://arxiv.org/abs/2509.02547?a=1&b=2" },
      { u: "HTTP://example.org" },
    ]);
    expect(html).toContain(
      '<a href="https://arxiv.org/abs/2509.02547?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">https://arxiv.org/abs/2509.02547?a=1&amp;b=2</a>',
    );
    expect(html).toContain('href="http://example.org/"');
    const scheme = fc.constantFrom(
      "javascript:",
      "JavaScript:",
      " javascript:",
      "java\nscript:",
      "data:text/html,",
      "vbscript:",
      "file:///",
      "//",
      "https:",
      "http://",
      "https:// ",
    );
    fc.assert(
      fc.property(scheme, hostile, (start, rest) => {
        for (const [, address] of rendered([[start + rest]]).html.matchAll(/href="([^"]*)"/g)) {
          expect(address).toMatch(/^https?:\/\/[^"<>\s]+$/);
        }
      }),
    );
    for (const text of [
      "javascript:alert(1)",
      "javascript://x%0aalert(1)",
      "see https://a.org",
      "https://a.org b",
      "https://",
    ]) {
      expect(rendered([[text]]).html).not.toContain("<a ");
    }
  });
});

describe("danfo itself", () => {
  it("is shown as a table", async () => {
    const { DataFrame, Series } = await import("danfojs-node");
    const frame = new DataFrame([
      { a: 1, b: "x" },
      { a: 2.5, b: null },
    ]);
    expect(rendered(frame).lines).toEqual(["     a  b", "─  ───  ────", "0  1.0  x", "1  2.5  null"]);
    expect(rendered(new Series([1, 2], { index: ["p", "q"] })).lines.at(-1)).toBe("q  2");
    expect(rendered(frame.query(frame["a"].gt(1))).lines.at(-1)).toBe("1  2.5  null");
  });
});
