import { describe, expect, it } from "vitest";
import { renderMath } from "../../../kernel-extensions/cli/html/math.js";

/** What a formula looks like: its MathML without the source that it carries along. */
const mathml = (tex: string) => renderMath(tex, false).replace(/<annotation.*?<\/annotation>/s, "");
const text = (tex: string) => mathml(tex).replace(/<[^>]*>/g, "");

describe("formulas, in browsers that know no mathvariant but normal,", () => {
  it.each([
    ["\\mathcal{ABEFHILMR}", "𝒜ℬℰℱℋℐℒℳℛ"],
    ["\\mathbb{ECHNPQRZ}\\mathbb{1}", "𝔼ℂℍℕℙℚℝℤ𝟙"],
    ["\\mathfrak{gC}", "𝔤ℭ"],
    ["\\mathbf{x1}\\boldsymbol{\\theta}", "𝐱𝟏𝜽"],
    ["\\mathsf{A}\\mathtt{ab1}", "𝖠𝚊𝚋𝟷"],
    ["\\mathbf{\\Gamma}", "𝚪"],
  ])("have the letters of %s", (tex, letters) => {
    const html = mathml(tex);
    expect(text(tex)).toBe(letters);
    expect(html).not.toMatch(/mathvariant="(?!normal)/);
  });

  it("set words upright, and as one", () => {
    expect(mathml("\\mathrm{clip}(x)")).toContain("<mi>clip</mi>");
    expect(mathml("R_{task}^{old}")).toContain("<mi>task</mi><mi>old</mi>");
    expect(mathml("T_{ijk}+x_{ab}+abs")).not.toMatch(/<mi>\w{2,}/);
    expect(mathml("\\mathrm{d}x")).toContain('<mi mathvariant="normal">d</mi>');
    expect(mathml("\\textbf{bold}")).toContain('<mtext style="font-weight:bold">bold</mtext>');
  });

  it("align and space the columns of tables", () => {
    const styles = (tex: string) =>
      [...mathml(tex).matchAll(/<mtd style="([^"]*)"/g)].map((match) => match[1]);
    expect(styles("\\begin{cases}1&\\text{if }x\\end{cases}")).toEqual([
      "text-align:left;padding-left:0;padding-right:0.5em",
      "text-align:left;padding-left:0.5em;padding-right:0",
    ]);
    expect(styles("\\begin{aligned}a&=b\\end{aligned}")).toEqual([
      "text-align:right;padding-left:0;padding-right:0em",
      "text-align:left;padding-left:0em;padding-right:0",
    ]);
  });

  it("keep their source, and what cannot be read", () => {
    const tex = "\\mathbf{a} < \\text{<b> \\& c}";
    expect(renderMath(tex, false)).toContain("\\mathbf{a} &lt; \\text{&lt;b&gt; \\&amp; c}</annotation>");
    expect(text(tex).replaceAll("\u00a0", " ")).toBe("𝐚&lt;&lt;b&gt; &amp; c");
    expect(renderMath("\\frac{1}", false)).toContain("\\frac{1}");
  });
});
