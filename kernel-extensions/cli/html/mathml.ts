/**
 * KaTeX's MathML as browsers draw it. They follow MathML Core, which dropped what KaTeX relies on: of
 * `mathvariant` only `normal` is left, and columns of tables are neither aligned nor spaced by attributes.
 * https://www.w3.org/TR/mathml-core/#new-text-transform-values
 */

interface Element {
  tag: string;
  /** As written. */
  attributes: string;
  children: Node[];
}

/** Text is as written, with its entities. */
type Node = Element | string;

/** @param xml elements and text as KaTeX writes them: no comments, no bare `>` in attributes */
export function toMathMLCore(xml: string): string {
  return write(parse(xml).map(convert));
}

function parse(xml: string): Node[] {
  const root: Node[] = [];
  const open: Element[] = [];
  let end = 0;
  const add = (node: Node) => {
    if (node !== "") (open.at(-1)?.children ?? root).push(node);
  };
  for (const match of xml.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/gi)) {
    add(xml.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1]) {
      open.pop();
      continue;
    }
    const element: Element = { tag: match[2]!, attributes: match[3]!, children: [] };
    add(element);
    if (!match[4]) open.push(element);
  }
  add(xml.slice(end));
  return root;
}

function write(nodes: Node[]): string {
  return nodes
    .map((node) =>
      typeof node === "string"
        ? node
        : `<${node.tag}${node.attributes}>${write(node.children)}</${node.tag}>`,
    )
    .join("");
}

function convert(node: Node): Node {
  // The annotation is the formula's source.
  if (typeof node === "string" || node.tag === "annotation") return node;
  if (/^(mi|mn|mo|mtext)$/.test(node.tag)) return restyle(node);
  const { tag, attributes } = node;
  if (tag === "mtable") return alignColumns({ tag, attributes, children: node.children.map(convert) });
  const children = /^(msub|msup|msubsup)$/.test(tag)
    ? node.children.map((child, index) => (index === 0 ? child : wordOf(child)))
    : joinUpright(node.children);
  return { tag, attributes, children: children.map(convert) };
}

function attribute(element: Element, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(element.attributes)?.[1];
}

function without(element: Element, name: string): string {
  return element.attributes.replace(new RegExp(`\\s${name}="[^"]*"`), "");
}

/** The letter of an `<mi>` of that style, and nothing else. */
function letterOf(node: Node | undefined, variant: string | undefined): string | undefined {
  if (node === undefined || typeof node === "string" || node.tag !== "mi") return undefined;
  const [text] = node.children;
  if (attribute(node, "mathvariant") !== variant || typeof text !== "string") return undefined;
  return /^[A-Za-z]$/.test(text) ? text : undefined;
}

/** `\mathrm{clip}`: KaTeX gives every letter an element of its own. As one identifier they are one word. */
function joinUpright(nodes: Node[]): Node[] {
  const joined: Node[] = [];
  for (let i = 0; i < nodes.length; i++) {
    let word = "";
    for (let j = i, letter; (letter = letterOf(nodes[j], "normal")) !== undefined; j++) word += letter;
    if (word.length < 2) {
      joined.push(nodes[i]!);
    } else {
      joined.push({ tag: "mi", attributes: "", children: [word] });
      i += word.length - 1;
    }
  }
  return joined;
}

/**
 * `R_{task}`: an index of three letters or more is a word, and set as one. Neighbours in the alphabet are
 * several indices: `T_{ijk}`.
 */
function wordOf(node: Node): Node {
  if (typeof node === "string" || node.tag !== "mrow") return node;
  const letters = node.children.map((child) => letterOf(child, undefined));
  if (letters.length < 3 || letters.includes(undefined)) return node;
  const word = letters.join("");
  if ("abcdefghijklmnopqrstuvwxyz".includes(word.toLowerCase())) return node;
  return { tag: "mi", attributes: "", children: [word] };
}

/** The styles of `mathvariant` by their first capital, small letter, digit and Greek letter in Unicode. */
const variants: Record<string, [capital: number, small: number, digit?: number | undefined, greek?: number]> =
  {
    bold: [0x1d400, 0x1d41a, 0x1d7ce, 0x1d6a8],
    italic: [0x1d434, 0x1d44e, undefined, 0x1d6e2],
    "bold-italic": [0x1d468, 0x1d482, undefined, 0x1d71c],
    script: [0x1d49c, 0x1d4b6],
    "bold-script": [0x1d4d0, 0x1d4ea],
    fraktur: [0x1d504, 0x1d51e],
    "double-struck": [0x1d538, 0x1d552, 0x1d7d8],
    "bold-fraktur": [0x1d56c, 0x1d586],
    "sans-serif": [0x1d5a0, 0x1d5ba, 0x1d7e2],
    "bold-sans-serif": [0x1d5d4, 0x1d5ee, 0x1d7ec, 0x1d756],
    "sans-serif-italic": [0x1d608, 0x1d622],
    "sans-serif-bold-italic": [0x1d63c, 0x1d656, undefined, 0x1d790],
    monospace: [0x1d670, 0x1d68a, 0x1d7f6],
  };

/** The order of Unicode's mathematical Greek. */
const greek = [..."ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"];

/** Letters that Unicode had before it had the alphabets. */
const earlier: Record<string, string> = {
  italic: "hℎ",
  script: "BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ",
  fraktur: "CℭHℌIℑRℜZℨ",
  "double-struck": "CℂHℍNℕPℙQℚRℝZℤ",
};

/** The same for running text, which should be found and read aloud as the words it is. */
function textStyle(variant: string): string {
  return [
    variant.includes("bold") && "font-weight:bold",
    variant.includes("italic") && "font-style:italic",
    variant.startsWith("sans-serif") && "font-family:sans-serif",
    variant === "monospace" && "font-family:monospace",
  ]
    .filter(Boolean)
    .join(";");
}

/** An element with a `mathvariant` in the letters that look like it. */
function restyle(element: Element): Element {
  const variant = attribute(element, "mathvariant");
  if (variant === undefined || !Object.hasOwn(variants, variant)) return element;
  const { tag, children } = element;
  const style = tag === "mtext" ? textStyle(variant) : "";
  const attributes = without(element, "mathvariant") + (style && ` style="${style}"`);
  if (style) return { tag, attributes, children };
  return {
    tag,
    attributes,
    children: children.map((child) =>
      typeof child === "string"
        ? child.replace(/&[^;]*;|./gu, (character) => styled(character, variant))
        : child,
    ),
  };
}

/** The letter in that style; itself where Unicode has none, and for entities. */
function styled(letter: string, variant: string): string {
  const exceptions = [...(earlier[variant] ?? "")];
  const place = exceptions.indexOf(letter);
  if (place >= 0) return exceptions[place + 1]!;
  const [capital, small, digit, firstGreek] = variants[variant]!;
  const from = (start: number | undefined, offset: number) =>
    start === undefined ? letter : String.fromCodePoint(start + offset);
  const code = letter.charCodeAt(0);
  if (/^[A-Z]$/.test(letter)) return from(capital, code - 65);
  if (/^[a-z]$/.test(letter)) return from(small, code - 97);
  if (/^\d$/.test(letter)) return from(digit, code - 48);
  const greekPlace = greek.indexOf(letter);
  return greekPlace < 0 ? letter : from(firstGreek, greekPlace);
}

/** Puts a table's alignment and spacing of columns on its cells. */
function alignColumns(table: Element): Element {
  const aligned = (attribute(table, "columnalign") ?? "center").split(/\s+/);
  const spacing = (attribute(table, "columnspacing") ?? "").split(/\s+/).map(parseFloat);
  const at = <T>(list: T[], index: number) => list[Math.min(index, list.length - 1)]!;
  const pad = (gap: number) => `${Number.isFinite(gap) ? gap / 2 : 0.4}em`;
  const children = table.children.map((row) => {
    if (typeof row === "string" || row.tag !== "mtr") return row;
    const cells = row.children.map((cell, column) => {
      if (typeof cell === "string" || cell.tag !== "mtd") return cell;
      const left = column === 0 ? "0" : pad(at(spacing, column - 1));
      const right = column === row.children.length - 1 ? "0" : pad(at(spacing, column));
      const style = `text-align:${at(aligned, column)};padding-left:${left};padding-right:${right}`;
      return { ...cell, attributes: `${without(cell, "style")} style="${style}"` };
    });
    return { ...row, children: cells };
  });
  return { ...table, children };
}
