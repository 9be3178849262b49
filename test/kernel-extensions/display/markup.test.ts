import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displaySymbol, html, latex, markdown, table } from "../../../kernel-extensions/display/index.js";
import { htmlToText, oneLine, pad, textWidth, truncate } from "../../../kernel-extensions/display/text.js";
import { hostile } from "./hostile.js";

describe("html", () => {
  it("takes markup as it stands", () => {
    expect(html("<b>x</b>")[displaySymbol]()).toEqual({ "text/html": "<b>x</b>", "text/plain": "x" });
  });

  it("escapes what a template interpolates, whatever it is", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { markup } = html`<p title="${text}">${text}</p>`;
        const attribute = /^<p title="([^"<>']*)">([^<>"']*)<\/p>$/.exec(markup);
        expect(attribute).not.toBeNull();
        expect(htmlToText(`<i>${attribute![2]!}</i>`).length).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it("takes pieces of HTML unescaped, joins lists, drops nothings", () => {
    const tag = html; // Prettier would lay out what it knows to be HTML
    const items = ["<", "b"].map((item) => tag`<li>${item}</li>`);
    expect(tag`<ul>${items}</ul>${undefined}${null}${false}${0}`.markup).toBe(
      "<ul><li>&lt;</li><li>b</li></ul>0",
    );
    expect(html`${html("<i>")}`.markup).toBe("<i>");
    expect(String(html("<i>"))).toBe("<i>");
  });

  it("refuses what is not markup", () => {
    expect(() => html(5 as never)).toThrow(TypeError);
  });

  it("reads as text", () => {
    expect(
      htmlToText(
        "<style>p{}</style><p>a &amp; b</p><p>c&#33; &#x2603; &nope;</p><!-- <b> --><script>x</script>",
      ),
    ).toBe("a & b\nc! ☃ &nope;");
    expect(htmlToText("1 < 2 and 3 > 2")).toBe("1 < 2 and 3 > 2");
  });
});

describe("markdown and latex", () => {
  it("keep the source as text", () => {
    expect(markdown("**a**")[displaySymbol]()).toEqual({ "text/markdown": "**a**", "text/plain": "**a**" });
  });

  it("delimits a formula unless it is", () => {
    expect(latex("x^2")[displaySymbol]()).toEqual({ "text/latex": "$$x^2$$", "text/plain": "x^2" });
    for (const source of ["$x$", "\\(x\\)", "\\[x\\]", " \\begin{align}x\\end{align}"]) {
      expect(latex(source)[displaySymbol]()).toMatchObject({ "text/latex": source });
    }
    expect(() => latex(1 as never)).toThrow(TypeError);
    expect(() => markdown({} as never)).toThrow(TypeError);
  });
});

describe("text on a grid of characters", () => {
  it("counts what is drawn", () => {
    expect(textWidth("abc")).toBe(3);
    expect(textWidth("数学")).toBe(4);
    expect(textWidth("e\u0301")).toBe(1);
    expect(textWidth("👩‍🔬")).toBe(2);
    expect(textWidth("é…━")).toBe(3);
    expect(textWidth("\u200b")).toBe(0);
  });

  it("cuts to the width it was given and pads to it", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 40 }), (text, width) => {
        const cut = truncate(text, width);
        expect(textWidth(cut)).toBeLessThanOrEqual(width);
        if (textWidth(text) <= width && text.length <= 8 * width) expect(cut).toBe(text);
        expect(textWidth(pad(cut, width, "left"))).toBe(width);
      }),
    );
  });

  it("keeps data from driving the terminal", () => {
    expect(oneLine("a\x1b[31m\r\nb\u2028c\x9b")).toBe("a [31m b c ");
    const text = (table([["\x1b]0;title\x07"]])[displaySymbol]() as Record<string, string>)["text/plain"]!;
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });
});
