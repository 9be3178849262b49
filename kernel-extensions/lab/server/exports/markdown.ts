/** A notebook as one Markdown file: code in fences, outputs below it, pictures inside. */
import { stripVTControlCharacters } from "node:util";
import {
  isCodeCell,
  joinLines,
  type Cell,
  type DisplayOutput,
  type MultilineString,
  type Notebook,
  type Output,
} from "../../../client/notebook.js";
import { imageData } from "../../../cli/html/images.js";
import { languageOf } from "./language.js";

/** Of an output, the first of these that it has; HTML is left to its text form, which every reader shows alike. */
const pictures = ["image/png", "image/jpeg", "image/svg+xml", "image/gif", "image/webp"];

export function markdownOf(notebook: Notebook): string {
  const { name } = languageOf(notebook);
  const parts = notebook.cells.flatMap((cell) => {
    const source = joinLines(cell.source).trimEnd();
    if (cell.cell_type === "markdown") return [withAttachments(source, cell.attachments)];
    if (!isCodeCell(cell)) return [fenced(source, "")];
    return [fenced(source, name), ...cell.outputs.map(outputOf)];
  });
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function outputOf(output: Output): string {
  switch (output.output_type) {
    case "stream":
      return fenced(joinLines(output.text), "text");
    case "error":
      return fenced(output.traceback.join("\n"), "text");
    default:
      return displayed(output);
  }
}

function displayed({ data }: DisplayOutput): string {
  const markdown = textIn(data, "text/markdown");
  if (markdown !== undefined) return markdown.trimEnd();
  const text = textIn(data, "text/plain") ?? "";
  for (const type of pictures) {
    const picture = textIn(data, type);
    if (picture === undefined) continue;
    const words = (text.split("\n", 1)[0] ?? "").replace(/[[\]\\]/g, "\\$&");
    return `![${words}](${imageData(type, picture)})`;
  }
  const latex = textIn(data, "text/latex");
  return latex?.trimEnd() ?? fenced(text, "text");
}

/** Pictures that were dropped into a cell. */
function withAttachments(source: string, attachments: Cell["attachments"]): string {
  return source.replace(/\(attachment:([^)\s]+)/g, (whole, name: string) => {
    const bundle = Object.entries(attachments?.[decoded(name)] ?? {});
    const [type, content] = bundle.find(([type]) => type.startsWith("image/")) ?? [];
    return type === undefined ? whole : `(${imageData(type, joinLines(content ?? ""))}`;
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A fence that is longer than any in the text. */
function fenced(text: string, language: string): string {
  const plain = stripVTControlCharacters(text).trimEnd();
  if (plain === "") return "";
  const longest = Math.max(2, ...[...plain.matchAll(/`{3,}/g)].map(([fence]) => fence.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${plain}\n${fence}`;
}

function textIn(data: DisplayOutput["data"], type: string): string | undefined {
  const content = data[type];
  const isText = typeof content === "string" || Array.isArray(content);
  return isText ? joinLines(content as MultilineString) : undefined;
}
