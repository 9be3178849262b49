/**
 * The notebook as files that TypeScript can check.
 *
 * Every cell is a module of its own, `__cell_N__.ts`: its text as written (so that offsets stay true),
 * followed by a tail that imports what earlier cells declared and exports what this one declares. Cells
 * do not import each other but one hub, `__notebook__.ts`, which re-exports every cell's names under
 * numbered ones (`x$3` is the `x` of cell 3).
 *
 * Why a hub, and why {@link WINDOW} empty cells are there from the start: TypeScript reuses the structure
 * of the previous program only while no file's list of imports changes. With this layout a cell without
 * imports of its own changes none, and checking it costs one new checker (a few milliseconds) instead of
 * a walk through every declaration file in reach (measured: 13 ms with Node's types alone, 66 ms with
 * tfjs and danfojs).
 */
import { declaredNames, type DeclaredName } from "./declarations.js";
import { RESULT } from "./globals.js";
import { ts, type TS } from "./typescript.js";

/** How many cells are laid out at a time; going past costs one full program. */
const WINDOW = 64;

export interface VirtualFile {
  version: number;
  text: string;
}

/** The cell that declared a name last, and what it declared it as. */
interface Origin {
  cell: number;
  kind: DeclaredName["kind"];
}

export class NotebookFiles {
  readonly files = new Map<string, VirtualFile>();
  readonly #directory: string;
  /** Names that later cells see. Value and type of one name may come from different cells: `const X`, `type X`. */
  readonly #values = new Map<string, Origin>();
  readonly #types = new Map<string, Origin>();
  /** Exported names by cell, in the hub's order. */
  readonly #exports: string[][] = [];
  #laidOut = 0;
  #version = 0;
  /** The cell being compiled or asked about: the first that is not committed. */
  #current = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#layOut();
  }

  get hub(): string {
    return `${this.#directory}/__notebook__.ts`;
  }
  get current(): number {
    return this.#current;
  }
  cellFile(cell: number): string {
    return `${this.#directory}/__cell_${cell}__.ts`;
  }
  /** Whether earlier cells declared `name` as a value. */
  isVisible(name: string): boolean {
    return this.#values.has(name);
  }

  /**
   * Puts `code` into the current cell's file, with its tail.
   *
   * To check a cell, the tail imports only names whose spelling occurs in it: every import in a file is
   * checked, and one of a large package costs milliseconds. Completion wants them all.
   */
  write(
    code: string,
    source: ParsedCell,
    names: "used" | "all" = "used",
  ): { file: string; declared: DeclaredName[] } {
    const declared = declaredNames(source);
    const own = new Map(declared.map((d) => [d.name, d.kind]));
    const isWanted = (name: string) => names === "all" || source.identifiers.has(name);
    const imports: string[] = [];
    const variables: string[] = [];
    for (const [name, value] of this.#values) {
      const kind = own.get(name);
      if (!isWanted(name) || (kind !== undefined && kind !== "type")) continue;
      const type = kind === "type" ? undefined : this.#types.get(name);
      const isPlain =
        value.kind !== "variable" && kind === undefined && (type === undefined || type === value);
      if (isPlain) {
        imports.push(`${name}$${value.cell} as ${name}`);
        continue;
      }
      // A variable, which an import could not assign; or a value whose name is a type of another cell.
      // The function type keeps `typeof` out of the cell's control flow: there it would be circular as soon
      // as a statement calls a method of the variable.
      imports.push(`${name}$${value.cell} as ${name}$let`);
      const keyword = value.kind === "variable" ? "let" : "const";
      variables.push(`declare ${keyword} ${name}: ${RESULT}<() => typeof ${name}$let>;`);
    }
    for (const [name, type] of this.#types) {
      const kind = own.get(name);
      if (!isWanted(name) || kind === "type" || kind === "both") continue;
      const value = kind === undefined ? this.#values.get(name) : undefined;
      if (value !== type) imports.push(`type ${name}$${type.cell} as ${name}`);
    }
    // Under names of the tail's own, whatever the cell itself exports.
    const exports = declared.map(({ name }) => `${name} as ${name}$`);
    const tail = `\n;import {${imports.join(", ")}} from "./__notebook__";${variables.join(" ")} export {${exports.join(", ")}};`;
    const file = this.cellFile(this.#current);
    this.#set(file, code + tail);
    return { file, declared };
  }

  /** Makes the current cell a past one: the cells after it see `names`. */
  commit(names: DeclaredName[]): void {
    for (const { name, kind } of names) {
      const origin = { cell: this.#current, kind };
      if (kind !== "type") this.#values.set(name, origin);
      if (kind === "type" || kind === "both") this.#types.set(name, origin);
    }
    this.#exports[this.#current] = names.map((d) => d.name);
    this.#current++;
    if (this.#current >= this.#laidOut) this.#layOut();
    else this.#writeHub();
  }

  #layOut(): void {
    const from = this.#laidOut;
    this.#laidOut += WINDOW;
    for (let cell = from; cell < this.#laidOut; cell++) {
      this.#exports[cell] = [];
      this.#set(this.cellFile(cell), `import {} from "./__notebook__";`);
    }
    this.#writeHub();
  }

  #writeHub(): void {
    const lines = this.#exports.map(
      (names, cell) =>
        `export {${names.map((name) => `${name}$ as ${name}$${cell}`).join(", ")}} from "./__cell_${cell}__";`,
    );
    this.#set(this.hub, lines.join("\n"));
  }

  #set(file: string, text: string): void {
    if (this.files.get(file)?.text === text) return;
    this.files.set(file, { version: ++this.#version, text });
  }
}

/** A parsed file with what TypeScript keeps on it but leaves out of its declarations. */
export type ParsedCell = TS.SourceFile & {
  readonly parseDiagnostics: readonly TS.DiagnosticWithLocation[];
  /** The spelling of every identifier in the file. */
  readonly identifiers: ReadonlyMap<string, string>;
};

/** Parses a cell on its own: syntax errors must not be blamed on the tail. */
export function parseCell(code: string): ParsedCell {
  return ts.createSourceFile(
    "cell.ts",
    code,
    { languageVersion: ts.ScriptTarget.ES2024, setExternalModuleIndicator: forceModule },
    false,
  ) as ParsedCell;
}

/** Cells are modules even without imports: that is what makes top-level await parse. */
function forceModule(file: TS.SourceFile): void {
  (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
}
