/** The tokenizer: a declared list of words, each one token. */
import { nearest } from "../nearest.js";
import { specialTokens } from "../environments/environment.js";

/**
 * Maps between texts and token ids. The special tokens come first (`<pad>` is 0, `<bos>` 1 …), then the
 * declared words in their order.
 *
 * The canonical text of tokens is their words with one space between two. {@link encode} also takes words
 * written together ("47+12") where they fall apart into declared words, the longest first.
 */
export class Vocabulary {
  readonly words: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;
  private readonly longest: number;

  /** @param words beyond the special tokens. @throws RangeError for a duplicate, an empty word or white space. */
  constructor(words: readonly string[]) {
    this.words = [...specialTokens, ...words];
    this.ids = new Map(this.words.map((word, id) => [word, id]));
    for (const [id, word] of this.words.entries()) {
      if (word === "" || /\s/.test(word)) {
        throw new RangeError(`Vocabulary: ${JSON.stringify(word)} is not a word without white space`);
      }
      if (this.ids.get(word) !== id) throw new RangeError(`Vocabulary: the word "${word}" is declared twice`);
    }
    this.longest = Math.max(...this.words.map((word) => word.length));
  }

  get size(): number {
    return this.words.length;
  }

  has(word: string): boolean {
    return this.ids.has(word);
  }

  /** @throws RangeError when the word is not declared. */
  id(word: string): number {
    const id = this.ids.get(word);
    if (id === undefined) throw new RangeError(this.unknown(word));
    return id;
  }

  /** @throws RangeError when the id is not a token's. */
  word(id: number): string {
    const word = this.words[id];
    if (word === undefined) throw new RangeError(`No token has the id ${id}; there are ${this.size}`);
    return word;
  }

  /** @throws RangeError that names the first word which is not declared and the nearest ones that are. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const word of text.split(/\s+/)) {
      if (word === "") continue;
      const id = this.ids.get(word);
      if (id !== undefined) ids.push(id);
      else ids.push(...this.split(word));
    }
    return ids;
  }

  decode(ids: Iterable<number>): string {
    return Array.from(ids, (id) => this.word(id)).join(" ");
  }

  private split(text: string): number[] {
    const ids: number[] = [];
    for (let start = 0; start < text.length;) {
      let end = Math.min(text.length, start + this.longest);
      while (end > start && !this.ids.has(text.slice(start, end))) end--;
      if (end === start) throw new RangeError(this.unknown(text));
      ids.push(this.ids.get(text.slice(start, end))!);
      start = end;
    }
    return ids;
  }

  private unknown(word: string): string {
    const close = nearest(word, this.words);
    return (
      `"${word}" is not in the vocabulary of ${this.size} words` +
      (close === undefined ? "" : `; the nearest is "${close}"`)
    );
  }
}
