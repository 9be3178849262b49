import { describe, expect, it } from "vitest";
import {
  NotebookFormatError,
  parseNotebook,
  serializeNotebook,
} from "../../../kernel-extensions/client/notebook.js";
import { notebookText } from "../cli/support.js";

describe("a notebook file", () => {
  it("is written as it was read", () => {
    const text = notebookText([{ markdown: "# Ü\n🦊" }, { code: "1 + 1", tags: ["a"] }]);
    expect(serializeNotebook(parseNotebook(text))).toBe(text);
  });

  it.each([
    ["{", /^not valid JSON: /],
    ["[]", /no nbformat number/],
    ['{"nbformat": 3, "worksheets": []}', /format 3 is not supported/],
    ['{"nbformat": 4}', /no list of cells/],
    ['{"nbformat": 4, "cells": [{"cell_type": "code", "source": []}, 1]}', /^cell 2 is not an object/],
    ['{"nbformat": 4, "cells": [{"cell_type": "heading", "source": ""}]}', /^cell 1 .*"heading"/],
    ['{"nbformat": 4, "cells": [{"cell_type": "markdown"}]}', /^cell 1 has no source/],
    [
      '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": [{"output_type": "x"}]}]}',
      /^cell 1 has a malformed output/,
    ],
  ])("that is broken is refused: %s", (text, message) => {
    expect(() => parseNotebook(text)).toThrow(NotebookFormatError);
    expect(() => parseNotebook(text)).toThrow(message);
  });

  it("of an early 4.x, without ids and with what may be left out, is read", () => {
    expect(parseNotebook('{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a"]}]}').cells).toEqual(
      [{ cell_type: "code", source: ["a"], metadata: {}, outputs: [], execution_count: null }],
    );
  });
});
