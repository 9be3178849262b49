/** Where the definition of a term begins. */
import type { Sentence } from "./sentences.js";

/**
 * The definition that ends with sentence `index`: back to the sentence that first sets a word of the term in italics or
 * bold, but not past the mark before or the block's start, where it begins if no sentence does.
 */
export function definitionOf(term: string, sentences: readonly Sentence[], index: number): string {
  const before = sentences.slice(0, index).findLastIndex(({ marks }) => marks.length > 0);
  const reached = sentences.slice(before + 1, index + 1);
  const first = reached.findIndex(({ text }) => emphasized(text).some((word) => names(term, word)));
  return reached
    .slice(Math.max(first, 0))
    .map(({ text }) => text)
    .join(" ");
}

function emphasized(text: string): string[] {
  return [...text.matchAll(/(\*+|_+)(?!\s)(.+?)\1/g)].flatMap(([, , words]) => wordsOf(words!));
}

/** Whether the word is one of the term's, in the plural or the singular. */
function names(term: string, word: string): boolean {
  return wordsOf(term).some((own) => {
    const stem = Math.min(own.length, word.length) - 1;
    return own === word || (stem >= 3 && own.slice(0, stem) === word.slice(0, stem));
  });
}

/** Those with more than two letters, or with a capital or a digit: "F1" is a word, "of" is none. */
function wordsOf(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const meant = words.filter((word) => word.length > 2 || /[\p{Lu}\p{N}]/u.test(word));
  return meant.map((word) => word.toLowerCase()).filter((word) => word !== "and");
}
