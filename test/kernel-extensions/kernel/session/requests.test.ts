import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  InvalidRequest,
  parseComplete,
  parseExecute,
  parseHistory,
  parseInspect,
} from "../../../../kernel-extensions/kernel/session/requests.js";

const refusal = (parse: (json: string) => unknown, content: unknown): string => {
  try {
    parse(JSON.stringify(content));
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest);
    return (error as Error).message;
  }
  throw new Error("was accepted");
};

describe("execute_request", () => {
  it("has the defaults of the specification", () => {
    expect(parseExecute('{"code":"1","unknown":true,"silent":null}')).toEqual({
      code: "1",
      silent: false,
      storeHistory: true,
      userExpressions: {},
      allowStdin: true,
      stopOnError: true,
    });
  });

  it("never stores history when silent", () => {
    expect(parseExecute('{"code":"","silent":true,"store_history":true}').storeHistory).toBe(false);
    expect(parseExecute('{"code":"","silent":true}').storeHistory).toBe(false);
  });

  it("says what it wanted and what it got", () => {
    expect(refusal(parseExecute, { code: 1 })).toBe('execute_request: "code" must be a string, got number');
    expect(refusal(parseExecute, {})).toBe('execute_request: "code" is missing');
    expect(refusal(parseExecute, [])).toBe("execute_request: the content must be an object, got array");
    expect(refusal(parseExecute, { code: "", silent: "no" })).toContain(
      '"silent" must be a boolean, got string',
    );
    expect(refusal(parseExecute, { code: "", user_expressions: { a: 1 } })).toContain('got number for "a"');
    expect(() => parseExecute("{")).toThrow("the content is not JSON");
  });

  it("is not fooled by names of Object.prototype", () => {
    expect(refusal(parseExecute, { __proto__: null, constructor: "x" })).toContain('"code" is missing');
  });
});

describe("other requests", () => {
  it("are checked alike", () => {
    expect(refusal(parseComplete, { code: "a", cursor_pos: 1.5 })).toContain(
      "must be an integer, got number",
    );
    expect(refusal(parseInspect, { code: "a", detail_level: 2 })).toContain("must be 0 or 1");
    expect(refusal(parseHistory, { hist_access_type: "all" })).toContain(
      'must be "range" or "tail" or "search"',
    );
    expect(parseHistory('{"hist_access_type":"range","stop":null}').stop).toBeUndefined();
  });

  it("never fail in any other way", () => {
    const field = fc.constantFrom(
      "code",
      "silent",
      "cursor_pos",
      "detail_level",
      "hist_access_type",
      "n",
      "stop",
      "user_expressions",
      "pattern",
    );
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), (content) => {
        for (const parse of [parseExecute, parseComplete, parseInspect, parseHistory]) {
          try {
            parse(JSON.stringify(content));
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidRequest);
          }
        }
      }),
    );
  });
});
