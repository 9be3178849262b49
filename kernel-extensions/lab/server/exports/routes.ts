/**
 * `/nbconvert`: notebooks in other formats, which "Save and Export Notebook As" of the File menu asks for.
 * Source: Jupyter Server's REST API and https://nbconvert.readthedocs.io/en/latest/usage.html
 */
import { basename, dirname } from "node:path";
import { isCodeCell, type Notebook } from "../../../client/notebook.js";
import { attachmentNamed } from "../attachment.js";
import { ServedFolder } from "../contents/paths.js";
import { Reader } from "../contents/read.js";
import { TrustedNotebooks } from "../contents/trust.js";
import type { LabPart } from "../context.js";
import { limits } from "../limits.js";
import { Problem } from "../problem.js";
import { queryOf } from "../security/gate.js";
import { filePolicy } from "../security/headers.js";
import { languageOf } from "./language.js";
import { markdownOf } from "./markdown.js";
import { scriptOf } from "./script.js";

/** What a format needs to know of a notebook beside what is in it. */
interface Source {
  notebook: Notebook;
  name: string;
  /** The notebook's, on disk. */
  folder: string;
  root: string;
  /** Whether its outputs were made here: only such may bring scripts. */
  trusted: boolean;
}

interface Format {
  /** Of the answer. */
  type: string;
  extension: (notebook: Notebook) => string;
  make: (source: Source) => string | Promise<string>;
}

const formats: Record<string, Format> = {
  html: {
    type: "text/html",
    extension: () => ".html",
    make: async ({ notebook, trusted, ...sources }) => {
      // Loaded when it is asked for: a parser of Markdown, a highlighter, formulas.
      const { renderPage } = await import("../../../cli/html/page.js");
      return renderPage(notebook, { ...sources, untrusted: !trusted });
    },
  },
  markdown: {
    type: "text/markdown",
    extension: () => ".md",
    make: ({ notebook }) => markdownOf(notebook),
  },
  script: {
    type: "text/plain",
    extension: (notebook) => languageOf(notebook).extension,
    make: ({ notebook }) => scriptOf(notebook),
  },
};

export const exportRoutes: LabPart = (app, { root, state }) => {
  const folder = new ServedFolder(root);
  const reader = new Reader(folder, new TrustedNotebooks(state), limits);

  app.get("/api/nbconvert", () =>
    Object.fromEntries(Object.entries(formats).map(([name, { type }]) => [name, { output_mimetype: type }])),
  );

  app.get<{ Params: { format: string; "*": string } }>("/nbconvert/:format/*", async (request, reply) => {
    const { format: name, "*": path } = request.params;
    const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
    if (!format)
      throw new Problem(404, `There is no export to ${name}, but to ${Object.keys(formats).join(", ")}`);
    const { file } = await folder.find(path);
    const { content } = await reader.read(path, { type: "notebook", content: true, hash: false });
    const notebook = content as Notebook;
    const trusted = notebook.cells.every((cell) => !isCodeCell(cell) || cell.metadata.trusted === true);
    const stem = basename(path, ".ipynb");
    const made = await format.make({ notebook, name: stem, folder: dirname(file), root, trusted });
    // A page of a learner's must not act as this server's page.
    reply.header("Content-Security-Policy", filePolicy).header("Cache-Control", "no-store");
    if (queryOf(request.url).get("download") === "true")
      reply.header("Content-Disposition", attachmentNamed(stem + format.extension(notebook)));
    return reply.type(`${format.type}; charset=utf-8`).send(made);
  });
};
