/** Completion and documentation, asked of TypeScript's language service. */
import type { Completion, Inspection } from "./language.js";
import { ts, type TS } from "./typescript.js";

/** Names the cell's tail introduces for its own use: `x$let`, `x$3`, `x$`. */
const INTERNAL = /\$(?:let|\d+)?$|^__(?:cell_\d+|notebook|globals)__$|^__ResultOf$/;

const PREFERENCES: TS.GetCompletionsAtPositionOptions = {
  includeSymbol: true,
  includeCompletionsWithInsertText: false,
  includeCompletionsForModuleExports: false,
  includeCompletionsForImportStatements: false,
};

export function completeAt(
  service: TS.LanguageService,
  file: string,
  code: string,
  offset: number,
): Completion {
  const info = service.getCompletionsAtPosition(file, offset, PREFERENCES);
  const wordStart =
    offset - (/[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, offset))?.[0].length ?? 0);
  if (!info) return { start: wordStart, end: offset, matches: [] };
  const span = info.optionalReplacementSpan;
  const start = Math.min(info.entries[0]?.replacementSpan?.start ?? span?.start ?? wordStart, offset);
  // Only what stands before the cursor is typed; the rest of the word is replaced when the match is taken.
  const typed = code.slice(start, offset);
  const end = span && span.start <= offset ? Math.max(offset, span.start + span.length) : offset;
  const lower = typed.toLowerCase();
  const checker = service.getProgram()?.getTypeChecker();
  const matches = info.entries
    .filter((entry) => !INTERNAL.test(entry.name) && entry.kind !== ts.ScriptElementKind.warning)
    .filter((entry) => entry.name.toLowerCase().startsWith(lower))
    .sort(
      (a, b) => rank(a, typed) - rank(b, typed) || compare(a.sortText, b.sortText) || compare(a.name, b.name),
    )
    .map((entry) => ({ text: entry.name, kind: kindOf(entry.kind, imported(entry, checker)) }));
  return { start, end: Math.min(end, code.length), matches };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Same case first. */
const rank = (entry: TS.CompletionEntry, typed: string) => (entry.name.startsWith(typed) ? 0 : 1);

/** What an imported name stands for, where `entry` is one. */
function imported(entry: TS.CompletionEntry, checker?: TS.TypeChecker): TS.SymbolFlags {
  const { symbol } = entry;
  const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return isAlias && checker ? checker.getAliasedSymbol(symbol).flags : 0;
}

/** The words front ends have icons for. */
function kindOf(kind: TS.ScriptElementKind, target: TS.SymbolFlags): string {
  if (target & ts.SymbolFlags.Function) return "function";
  if (target & ts.SymbolFlags.Class) return "class";
  if (target & ts.SymbolFlags.Enum) return "enum";
  if (target & ts.SymbolFlags.Variable) return "variable";
  if (target & ts.SymbolFlags.Type) return "type";
  switch (kind) {
    case ts.ScriptElementKind.functionElement:
    case ts.ScriptElementKind.localFunctionElement:
    case ts.ScriptElementKind.memberFunctionElement:
      return "function";
    case ts.ScriptElementKind.classElement:
    case ts.ScriptElementKind.localClassElement:
      return "class";
    case ts.ScriptElementKind.interfaceElement:
    case ts.ScriptElementKind.typeElement:
    case ts.ScriptElementKind.primitiveType:
      return "type";
    case ts.ScriptElementKind.enumElement:
    case ts.ScriptElementKind.enumMemberElement:
      return "enum";
    case ts.ScriptElementKind.moduleElement:
    case ts.ScriptElementKind.externalModuleName:
    case ts.ScriptElementKind.alias:
      return "module";
    case ts.ScriptElementKind.memberVariableElement:
    case ts.ScriptElementKind.memberGetAccessorElement:
    case ts.ScriptElementKind.memberSetAccessorElement:
      return "property";
    case ts.ScriptElementKind.keyword:
      return "keyword";
    case ts.ScriptElementKind.string:
      return "string";
    case ts.ScriptElementKind.directory:
    case ts.ScriptElementKind.scriptElement:
      return "path";
    default:
      return "variable";
  }
}

/** Documentation of the name at or just before `offset`; inside a call's parentheses, of the function called. */
export function inspectAt(
  service: TS.LanguageService,
  file: string,
  code: string,
  offset: number,
): Inspection | undefined {
  for (const place of [offset, offset - 1]) {
    if (place < 0 || place > code.length) continue;
    const info = service.getQuickInfoAtPosition(file, place);
    // White space and unknown names are answered with a bare `any`.
    if (info && info.kind !== ts.ScriptElementKind.unknown) return fromQuickInfo(info);
  }
  const help = service.getSignatureHelpItems(file, offset, undefined);
  const item = help?.items[help.selectedItemIndex] ?? help?.items[0];
  return item && fromSignature(item);
}

function fromQuickInfo(info: TS.QuickInfo): Inspection {
  const signature = cleanSignature(ts.displayPartsToString(info.displayParts));
  return format(signature, ts.displayPartsToString(info.documentation), info.tags);
}

function fromSignature(item: TS.SignatureHelpItem): Inspection {
  const separator = ts.displayPartsToString(item.separatorDisplayParts);
  const parameters = item.parameters.map((p) => ts.displayPartsToString(p.displayParts)).join(separator);
  const signature = `${ts.displayPartsToString(item.prefixDisplayParts)}${parameters}${ts.displayPartsToString(item.suffixDisplayParts)}`;
  return format(signature, ts.displayPartsToString(item.documentation), item.tags);
}

/** Variables of earlier cells reach the checker as imports; the reader knows them as what they are. */
function cleanSignature(signature: string): string {
  return signature
    .replace(/^\(alias\) /, "")
    .replace(/\n?import [\w$]+(?:, \{[^}]*\})?$/m, "")
    .replace(/\$(?:let|\d+)\b/g, "")
    .trim();
}

function format(signature: string, documentation: string, tags: TS.JSDocTagInfo[] | undefined): Inspection {
  const tagLines = (tags ?? []).map((tag) => {
    const text = ts.displayPartsToString(tag.text);
    return { name: tag.name, text };
  });
  const plain = [signature, documentation, ...tagLines.map((tag) => `@${tag.name} ${tag.text}`.trim())]
    .filter(Boolean)
    .join("\n\n");
  const markdown = [
    `\`\`\`typescript\n${signature}\n\`\`\``,
    documentation,
    ...tagLines.map((tag) =>
      tag.name === "example" ? `**Example**\n\n${fenced(tag.text)}` : `*@${tag.name}* ${tag.text}`.trim(),
    ),
  ]
    .filter(Boolean)
    .join("\n\n");
  return { plain, markdown };
}

const fenced = (text: string) => (text.includes("```") ? text : `\`\`\`typescript\n${text}\n\`\`\``);
