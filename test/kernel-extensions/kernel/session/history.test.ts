import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History, globToRegExp } from "../../../../kernel-extensions/kernel/session/history.js";
import { type HistoryRequest, parseHistory } from "../../../../kernel-extensions/kernel/session/requests.js";

const request = (content: object): HistoryRequest => parseHistory(JSON.stringify(content));

function historyOf(...inputs: string[]): History {
  const history = new History();
  for (const [index, input] of inputs.entries()) history.add(index + 1, input);
  return history;
}

const lines = (history: History, content: object): number[] =>
  history.find(request(content)).map(([, line]) => line);

describe("History", () => {
  const history = historyOf("a", "b", "a", "c");

  it("gives the tail", () => {
    expect(lines(history, { hist_access_type: "tail", n: 2 })).toEqual([3, 4]);
    expect(lines(history, { hist_access_type: "tail", n: 0 })).toEqual([]);
    expect(lines(history, { hist_access_type: "tail", n: 99 })).toEqual([1, 2, 3, 4]);
    expect(lines(history, { hist_access_type: "tail" })).toEqual([1, 2, 3, 4]);
  });

  it("gives ranges of this session; there is no other", () => {
    expect(lines(history, { hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual([2, 3]);
    expect(lines(history, { hist_access_type: "range", session: 1, start: 3 })).toEqual([3, 4]);
    expect(lines(history, { hist_access_type: "range", session: -1, start: 1 })).toEqual([]);
  });

  it("searches; of equal inputs the last counts", () => {
    expect(lines(history, { hist_access_type: "search", pattern: "a" })).toEqual([1, 3]);
    expect(lines(history, { hist_access_type: "search", pattern: "*", unique: true })).toEqual([2, 3, 4]);
    expect(lines(history, { hist_access_type: "search", pattern: "[ab]", n: 1 })).toEqual([3]);
  });

  it("gives outputs when asked", () => {
    const withOutput = historyOf("1 + 1", "let x");
    withOutput.setOutput(2, "2");
    expect(withOutput.find(request({ hist_access_type: "tail", output: true }))).toEqual([
      [1, 1, ["1 + 1", null]],
      [1, 2, ["let x", "2"]],
    ]);
  });
});

describe("globToRegExp", () => {
  it("knows *, ? and sets, over line ends", () => {
    const matches = (glob: string, text: string): boolean => globToRegExp(glob).test(text);
    expect(matches("a*c", "a\nb\nc")).toBe(true);
    expect(matches("a?c", "abc")).toBe(true);
    expect(matches("a?c", "ac")).toBe(false);
    expect(matches("[a-c]x", "bx")).toBe(true);
    expect(matches("[^a-c]x", "bx")).toBe(false);
    expect(matches("[]]", "]")).toBe(true);
    expect(matches("[", "[")).toBe(true);
    expect(matches("[z-a]", "z")).toBe(false);
    expect(matches("a.c(", "a.c(")).toBe(true);
  });

  it("takes any pattern, and text for itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (glob, text) => {
        globToRegExp(glob).test(text);
        expect(globToRegExp(text.replace(/[*?[]/g, "")).test(text.replace(/[*?[]/g, ""))).toBe(true);
      }),
    );
  });
});
