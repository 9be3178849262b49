/**
 * The prose of a lesson's Markdown cell, block by block, with the marks that stand behind its sentences. A mark is a
 * comment that no reader sees: what measures a sentence (`<!-- claim: cell-id, other-id -->`), what it is cited from
 * (`<!-- cited: Survey, Section 2.7 -->`), or the term that it defines (`<!-- term: belief state -->`).
 */
import MarkdownIt, { type Token } from "markdown-it";
import { mathPlugin } from "../cli/html/math.js";

export interface Mark {
  /** `unknown`: a comment that is none of the three. */
  kind: "claim" | "cited" | "term" | "unknown";
  /** What stands behind the colon; of an unknown one the whole comment. */
  value: string;
  /** Where it stands in the block's text. */
  at: number;
}

/** A paragraph, a heading, a line of a list, a cell of a table or a block of HTML. */
export interface Block {
  /** As Markdown, on one line, without the marks. */
  text: string;
  /** The same, character by character, with {@link veil} for code, formulas and links. */
  words: string;
  marks: Mark[];
  isHeading: boolean;
  /** A comment at the start of a line: Markdown ends the paragraph before it. */
  isLoose: boolean;
}

/** Stands for each character that is no prose. */
export const veil = "\uFFFC";

const md = new MarkdownIt({ html: true, linkify: true });
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
md.use(mathPlugin);

/** The blocks of a cell's source, in order. */
export function blocksOf(source: string): Block[] {
  const tokens = md.parse(source, {});
  return tokens.flatMap((token, index) => {
    if (token.type === "html_block") return htmlBlock(token.content);
    if (token.type !== "inline") return [];
    const block = new BlockBuilder();
    for (const child of token.children ?? []) block.addToken(child);
    return block.built(tokens[index - 1]?.type === "heading_open");
  });
}

function htmlBlock(content: string): Block[] {
  const block = new BlockBuilder();
  block.addHtml(content.trim());
  return block.built(false, /^\s*<!--/.test(content));
}

class BlockBuilder {
  #text = "";
  #words = "";
  readonly #marks: Mark[] = [];
  /** Addresses of the links that are open. */
  readonly #links: string[] = [];

  addToken(token: Token): void {
    const { type, content, markup } = token;
    if (type === "text") this.#add(content, this.#links.length > 0);
    else if (type === "softbreak" || type === "hardbreak") this.#add(" ");
    else if (type === "code_inline") this.#add(`${markup}${content}${markup}`, true);
    else if (type === "math_inline" || type === "math_block") this.#add(`$${content}$`, true);
    else if (type === "html_inline") this.addHtml(content);
    else if (type === "link_open") this.#openLink(String(token.attrGet("href") ?? ""));
    else if (type === "link_close") this.#closeLink();
    else if (/^(em|strong|s)_(open|close)$/.test(type)) this.#add(markup);
    else if (type === "image") this.#add(content, true);
  }

  /** Tags are dropped, the words between them kept. */
  addHtml(html: string): void {
    for (const [piece] of html.matchAll(/<!--[^]*?-->|<code>[^]*?<\/code>|<[^>]*>|[^<]+|</g)) {
      if (piece.startsWith("<!--")) this.#marks.push(markOf(piece, this.#text.length));
      else if (piece.startsWith("<code>")) this.#add(`\`${piece.slice(6, -7)}\``, true);
      else if (!/^<./.test(piece)) this.#add(piece.replaceAll(/\s+/g, " "));
    }
  }

  built(isHeading: boolean, isLoose = false): Block[] {
    const [text, words, marks] = [this.#text, this.#words, this.#marks];
    if (text.trim() === "" && marks.length === 0) return [];
    return [{ text, words, marks, isHeading, isLoose }];
  }

  #add(text: string, veiled = false): void {
    this.#text += text;
    this.#words += veiled ? veil.repeat(text.length) : text;
  }

  /** Links into the lesson itself lead nowhere from another file: of them the words are kept. */
  #openLink(address: string): void {
    this.#links.push(address);
    if (isAbsolute(address)) this.#add("[", true);
  }

  #closeLink(): void {
    const address = this.#links.pop()!;
    if (isAbsolute(address)) this.#add(`](${address})`, true);
  }
}

const isAbsolute = (address: string) => /^https?:/.test(address);

function markOf(comment: string, at: number): Mark {
  const [, kind, value] = /^<!--\s*(claim|cited|term):\s*([^]*?)\s*-->$/.exec(comment) ?? [];
  if (kind === undefined) return { kind: "unknown", value: comment, at };
  return { kind: kind as Mark["kind"], value: value!, at };
}
