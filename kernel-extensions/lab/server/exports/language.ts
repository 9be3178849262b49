/** What a notebook says about the language of its cells. */
import type { Notebook } from "../../../client/notebook.js";

export interface Language {
  /** As Markdown names it: `typescript`. */
  name: string;
  /** Of its programs: `.ts`. */
  extension: string;
  /** What makes the rest of a line a comment. */
  comment: string;
}

/** Languages whose comments begin with `#`; in the others of notebooks they begin with `//`. */
const withHash = /^(python|ipython|r|julia|ruby|perl|bash|sh|octave)/i;

/** A notebook that says nothing is one of this package's kernel. */
export function languageOf({ metadata }: Notebook): Language {
  const { language_info: info, kernelspec } = metadata as {
    language_info?: { name?: unknown; file_extension?: unknown } | null;
    kernelspec?: { language?: unknown } | null;
  };
  const said = [info?.name, kernelspec?.language].find((name) => typeof name === "string" && name !== "");
  const name = typeof said === "string" ? said : "typescript";
  const extension = info?.file_extension;
  return {
    name,
    extension: typeof extension === "string" && /^\.\w+$/.test(extension) ? extension : usual(name),
    comment: withHash.test(name) ? "#" : "//",
  };
}

function usual(name: string): string {
  return ({ typescript: ".ts", javascript: ".js", python: ".py" } as Record<string, string>)[name] ?? ".txt";
}
