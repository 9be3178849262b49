/** Sentences, and the marks that stand behind them. */
import { veil, type Block, type Mark } from "./prose.js";

export interface Sentence {
  /** As Markdown. */
  text: string;
  /** With {@link veil} for what is no prose. */
  words: string;
  /** Directly behind it. */
  marks: Mark[];
}

/** An end, what may close behind it, and the beginning of the next sentence. */
const boundary = new RegExp(`[.!?]["'”’)\\]*_]*\\s+(?=["“‘(\\[*_]*[\\p{Lu}\\d.${veil}])`, "gu");
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|cf|vs|al|Dr|Figs?|Secs?|Eqs?|approx|resp)\.$/;

/**
 * A block's sentences. A mark ends one too: what stands before it, from the last sentence's end or the mark before, is
 * what it marks. Marks that follow each other mark the same.
 */
export function sentencesOf({ text, words, marks }: Block): Sentence[] {
  const sentences: Sentence[] = [];
  const cuts = [...new Set([...marks.map(({ at }) => at), text.length])].sort((a, b) => a - b);
  let from = 0;
  for (const cut of cuts) {
    const ends = sentenceEnds(words.slice(from, cut)).map((end) => from + end);
    let start = from;
    for (const end of [...ends, cut]) {
      const sentence = { text: text.slice(start, end).trim(), words: words.slice(start, end), marks: [] };
      if (sentence.text !== "") sentences.push(sentence);
      start = end;
    }
    const here = marks.filter(({ at }) => at === cut);
    if (here.length > 0 && sentences.length === 0) sentences.push({ text: "", words: "", marks: [] });
    sentences.at(-1)?.marks.push(...here);
    from = cut;
  }
  return sentences;
}

function sentenceEnds(words: string): number[] {
  return [...words.matchAll(boundary)].flatMap(({ 0: end, index }) =>
    abbreviation.test(words.slice(0, index + 1)) ? [] : [index + end.length],
  );
}
