import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ansiToHtml } from "../../../kernel-extensions/cli/html/ansi.js";
import { escapeScript, scriptJson } from "../../../kernel-extensions/cli/html/escape.js";
import { renderMarkdown, type Heading } from "../../../kernel-extensions/cli/html/markdown.js";
import { sanitizeHtml } from "../../../kernel-extensions/cli/html/sanitize.js";
import { temporary } from "./support.js";

describe("terminal colours", () => {
  it.each([
    ["a\x1b[31mb\x1b[0mc", 'a<span class="ansi-red-fg">b</span>c'],
    [
      "\x1b[1;32mb\x1b[39md",
      '<span class="ansi-bold ansi-green-fg">b</span><span class="ansi-bold">d</span>',
    ],
    ["\x1b[1mb\x1b[22mc", '<span class="ansi-bold">b</span>c'],
    ["\x1b[91;44mb", '<span class="ansi-bright-red-fg ansi-blue-bg">b</span>'],
    ["\x1b[31m\x1b[32mb\x1b[m", '<span class="ansi-green-fg">b</span>'],
    ["\x1b[38;5;9mb", '<span class="ansi-bright-red-fg">b</span>'],
    ["<\x1b[2K\x1b]0;title\x07b", "&#60;b"],
  ])("%j", (text, html) => {
    expect(ansiToHtml(text)).toBe(html);
  });

  it("outside of the sixteen keep their value", () => {
    expect(ansiToHtml("\x1b[38;5;196mb")).toContain("rgb(255 0 0)");
    expect(ansiToHtml("\x1b[38;5;244mb")).toContain("rgb(128 128 128)");
    expect(ansiToHtml("\x1b[48;2;1;2;3mb")).toContain("background:rgb(1 2 3)");
  });
});

describe("HTML in Markdown", () => {
  const clean = (html: string) => sanitizeHtml(html, () => undefined);

  it.each([
    ["<details open><summary>A</summary>", '<details open=""><summary>A</summary>'],
    ["x<sub>2</sub> &amp; 1 < 2", "x<sub>2</sub> &amp; 1 &lt; 2"],
    ["<script>alert(1)</script>a", "a"],
    ["<SCRIPT src=x>alert(1)", ""],
    ["<b onclick=alert(1) title='t'>a</b>", '<b title="t">a</b>'],
    ['<a href="https://example.org/?a&amp;b">a</a>', '<a href="https://example.org/?a&#38;b">a</a>'],
    ["<a href='java\tscript:alert(1)'>a</a>", "<a>a</a>"],
    ['<a href="javascript&#58;alert(1)">a</a>', "<a>a</a>"],
    ['<a href="javascript&colon;alert(1)">a</a>', "<a>a</a>"],
    ['<a href=" &#106;avascript:alert(1)">a</a>', "<a>a</a>"],
    ["<img src=x onerror=alert(1)>", ""],
    ["<svg/onload=alert(1)>", "&lt;svg/onload=alert(1)&gt;"],
    ["<iframe srcdoc='<script>1</script>'></iframe>", ""],
    ['<style>@import "x"</style>', ""],
    ["<!-- <b> -->a", "a"],
    ["<b", "&lt;b"],
  ])("%s", (html, expected) => {
    expect(clean(html)).toBe(expected);
  });
});

describe("Markdown", () => {
  const render = (source: string, headings: Heading[] = []) =>
    renderMarkdown(source, { folder: "/nowhere" }, headings);

  it.each([
    "$x_1$ and $y_1$",
    "$$x_1$$",
    "a\n$$\n- x_1\n+ y\n$$\nb",
    "\\begin{align}\na &= b \\\\\n- c &= d\n\\end{align}",
    "\\\\(x_1\\\\)",
    "\\\\[\nx_1\n\\\\]",
    "- item $x_1$\n- $$\n  x_1\n  $$",
    "> $$\n> x_1\n> $$",
  ])("has formulas: %j", (source) => {
    const html = render(source);
    expect(html).toContain("<math");
    expect(html).not.toMatch(/<em>|<h2>|class="katex-error"/);
  });

  it.each(["from $5 to $7", "a \\$x$ b", "`$x$`", "only one $", "```\n$x$\n```", "$$"])(
    "has none where there is none: %j",
    (source) => {
      expect(render(source)).not.toContain("<math");
    },
  );

  it("shows a formula that cannot be read", () => {
    expect(render("$\\frac{1}$")).toContain("\\frac{1}");
  });

  it("gives headings distinct ids, and tells them", () => {
    const headings: Heading[] = [];
    const html = render("# A *b* `c`\n\n## A b c\n\n### Not & so", headings);
    expect(headings).toEqual([
      { level: 1, id: "A-b-c", text: "A b c" },
      { level: 2, id: "A-b-c~2", text: "A b c" },
      { level: 3, id: "Not-&-so", text: "Not & so" },
    ]);
    expect(html).toContain('<h2 id="A-b-c~2">');
  });

  it("takes pictures in, and links to those that are elsewhere", () => {
    const folder = temporary();
    writeFileSync(join(folder, "a b.png"), "png");
    const attachments = { "c.png": { "image/png": "AAAA" } };
    const html = renderMarkdown(
      "![one](a%20b.png) ![two](attachment:c.png) ![three](https://example.org/d.png) ![four](gone.png)",
      { folder, attachments },
    );
    expect(html).toContain('<img src="data:image/png;base64,cG5n" alt="one">');
    expect(html).toContain('<img src="data:image/png;base64,AAAA" alt="two">');
    expect(html).toContain('<a href="https://example.org/d.png">three</a>');
    expect(html).toContain('<a href="gone.png">four</a>');
  });
});

it("nothing inside a script ends it", () => {
  expect(escapeScript('"</script>" + "<!-- </SCRIPT>"')).toBe('"\\x3C/script>" + "\\x3C!-- \\x3C/SCRIPT>"');
  const value = { a: "</script><!--" };
  expect(scriptJson(value)).not.toContain("<");
  expect(JSON.parse(scriptJson(value))).toEqual(value);
});
