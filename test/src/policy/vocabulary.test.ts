import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { specialTokens } from "../../../src/environments/environment.js";
import { Vocabulary } from "../../../src/policy/index.js";

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).filter((text) => !/\s/.test(text));
const words = fc.uniqueArray(
  word.filter((text) => !(specialTokens as readonly string[]).includes(text)),
  { maxLength: 20 },
);

describe("Vocabulary", () => {
  it("gives back any tokens from their text, and any declared words from their tokens", () => {
    fc.assert(
      fc.property(words, fc.array(fc.nat()), (declared, draws) => {
        const vocabulary = new Vocabulary(declared);
        expect(vocabulary.size).toBe(8 + declared.length);
        const ids = draws.map((draw) => draw % vocabulary.size);
        const text = vocabulary.decode(ids);
        expect(vocabulary.encode(text)).toEqual(ids);
        expect(vocabulary.encode(` \t${text.replaceAll(" ", "\n  ")}\n`)).toEqual(ids);
        for (const [i, one] of declared.entries()) {
          expect(vocabulary.id(one)).toBe(8 + i);
          expect(vocabulary.word(8 + i)).toBe(one);
          expect(vocabulary.has(one)).toBe(true);
        }
      }),
      { seed: 1 },
    );
  });

  it("has the special tokens first, in their fixed order", () => {
    expect(new Vocabulary([]).words).toEqual(specialTokens);
    expect(new Vocabulary(["x"]).encode("<pad> <bos> <eos> <call> </call> <obs> </obs> <ans> x")).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it("takes words written together apart, the longest first", () => {
    const vocabulary = new Vocabulary(["4", "47", "7", "+", "12", "1", "2", "ab", "abc", "cd"]);
    const split = (text: string) => vocabulary.encode(text).map((id) => vocabulary.word(id));
    expect(split("47+12")).toEqual(["47", "+", "12"]);
    expect(split("<call>4+1</call>")).toEqual(["<call>", "4", "+", "1", "</call>"]);
    expect(split("74 11")).toEqual(["7", "4", "1", "1"]);
    // "ab" and "cd" would do, but nothing is tried again.
    expect(() => split("abcd")).toThrow('"abcd" is not in the vocabulary');
  });

  it("reads an empty text as no tokens", () => {
    expect(new Vocabulary(["a"]).encode("")).toEqual([]);
    expect(new Vocabulary(["a"]).encode(" \n ")).toEqual([]);
    expect(new Vocabulary(["a"]).decode([])).toBe("");
  });

  it("names the word it does not know, and the nearest that it does", () => {
    const vocabulary = new Vocabulary(["oslo", "paris"]);
    const message = '"olso" is not in the vocabulary of 10 words; the nearest is "oslo"';
    expect(() => vocabulary.encode("paris olso paris")).toThrow(new RangeError(message));
    expect(() => vocabulary.id("olso")).toThrow(new RangeError(message));
    expect(() => vocabulary.id("")).toThrow('"" is not in the vocabulary');
    expect(vocabulary.has("Oslo")).toBe(false);
    expect(() => vocabulary.encode("constructor")).toThrow('"constructor" is not in the vocabulary');
  });

  it.each([-1, 9, 1.5, NaN])("has no word for the id %d", (id) => {
    expect(() => new Vocabulary(["a"]).word(id)).toThrow(`No token has the id ${id}; there are 9`);
    expect(() => new Vocabulary(["a"]).decode([1, id])).toThrow(`${id}`);
  });

  it("refuses words that could not be told apart", () => {
    expect(() => new Vocabulary(["a", "b", "a"])).toThrow('Vocabulary: the word "a" is declared twice');
    expect(() => new Vocabulary(["<eos>"])).toThrow('"<eos>" is declared twice');
    for (const bad of ["", " ", "a b", "a\n"]) {
      expect(() => new Vocabulary([bad])).toThrow(`${JSON.stringify(bad)} is not a word without white space`);
    }
  });
});
