/** TypeScript cells: checked strictly, translated, remembered. */
import path from "node:path";
import { completeness } from "./completeness.js";
import type { DeclaredName } from "./declarations.js";
import { describe, isRelevant } from "./diagnostics.js";
import { NOTEBOOK_GLOBALS } from "./globals.js";
import type { CompiledCell, CompileResult, Diagnostic, Language } from "./language.js";
import { compilerOptions } from "./options.js";
import { createProgram } from "./program.js";
import { completeAt, inspectAt } from "./questions.js";
import { NotebookFiles, parseCell, type ParsedCell } from "./slots.js";
import { cellTransformer, dropModuleMarker, type TransformFacts } from "./transform.js";
import { keepCompiled, type TS } from "./typescript.js";

export interface LanguageOptions {
  /** The notebook's folder: where its relative imports and packages are looked for first. */
  cwd: string;
  /** The folder of this package: where the library and its dependencies are found from any notebook. */
  installation: string;
}

const CANNOT_ASSIGN_IMPORT = 2632;

export function createLanguage(options: LanguageOptions): Language {
  const cwd = slashed(path.resolve(options.cwd));
  const installation = slashed(path.resolve(options.installation));
  // The root of a disk is the one folder whose path ends in a slash.
  const folder = cwd.replace(/\/$/, "");
  const notebook = new NotebookFiles(folder);
  const globals = { fileName: `${folder}/__globals__.ts`, text: NOTEBOOK_GLOBALS };
  const program = createProgram(notebook, compilerOptions(installation), { cwd, installation }, globals);
  /** Cells that compiled and were not committed yet, by id. */
  const pending = new Map<number, { code: string; declared: DeclaredName[] }>();
  let lastId = 0;
  /** Local modules found clean, by the source file object: a changed module is a new object. */
  const clean = new WeakSet<TS.SourceFile>();

  // The first program reads Node's types (most of the kernel's start-up); do it before the first cell needs it.
  notebook.write("", parseCell(""));
  program.update().getTypeChecker();
  // Once per installation, when the first cells have had what they need compiled.
  setTimeout(keepCompiled, 3000).unref();

  /** Errors in the modules of the notebook's folder that the cell reaches. */
  function localModuleErrors(current: TS.Program): Diagnostic[] {
    const errors: Diagnostic[] = [];
    for (const file of current.getSourceFiles()) {
      const name = file.fileName;
      if (file.isDeclarationFile || name.includes("/node_modules/") || notebook.files.has(name)) continue;
      if (name === globals.fileName || clean.has(file) || name.endsWith(".json")) continue;
      const found = [
        ...current.getSyntacticDiagnostics(file),
        ...current.getSemanticDiagnostics(file),
      ].filter(isRelevant);
      if (found.length === 0) clean.add(file);
      const label = path.relative(cwd, name);
      errors.push(...found.map((d) => describe(d, file.text, label)));
    }
    return errors;
  }

  function cellErrors(current: TS.Program, source: TS.SourceFile, code: string): Diagnostic[] {
    return (
      current
        .getSemanticDiagnostics(source)
        // What starts past the cell's text is about the tail, which the reader never sees.
        .filter((diagnostic) => isRelevant(diagnostic) && (diagnostic.start ?? 0) <= code.length)
        .map((diagnostic) => {
          const described = describe(diagnostic, code, undefined);
          const name = code.slice(diagnostic.start).match(/^[\p{ID_Continue}$]+/u)?.[0] ?? "";
          // Earlier constants are imports to the checker; say what the reader knows.
          if (diagnostic.code === CANNOT_ASSIGN_IMPORT && notebook.isVisible(name))
            return {
              ...described,
              code: "TS2588",
              message: `Cannot assign to '${name}' because it is a constant.`,
            };
          return described;
        })
    );
  }

  function emit(current: TS.Program, source: TS.SourceFile, code: string) {
    const facts: TransformFacts = {
      scope: unusedName("__scope", source),
      runtime: unusedName("__runtime", source),
      isAsync: false,
      imports: [],
    };
    let js = "";
    let sourceMap = "";
    current.emit(
      source,
      (file, text) => {
        if (file.endsWith(".map")) sourceMap = text;
        else js = text;
      },
      undefined,
      false,
      { before: [cellTransformer(current.getTypeChecker(), code.length, facts)], after: [dropModuleMarker] },
    );
    const body = js.replace(/\/\/# sourceMappingURL=.*\s*$/, "").replace(/^#!.*/, "");
    return { code: body, sourceMap, ...facts };
  }

  return {
    compile(code): CompileResult {
      const parsed = parseCell(code);
      if (parsed.parseDiagnostics.length > 0)
        return { diagnostics: parsed.parseDiagnostics.map((d) => describe(d, code, undefined)) };
      const { file, declared } = notebook.write(code, parsed);
      const current = program.update();
      const source = current.getSourceFile(file);
      if (!source) throw new Error(`the compiler lost ${file}`);
      const diagnostics = [...cellErrors(current, source, code), ...localModuleErrors(current)];
      if (diagnostics.length > 0) return { diagnostics };
      const id = ++lastId;
      pending.clear();
      pending.set(id, { code, declared });
      const declares = declared.filter((d) => d.kind !== "type").map((d) => d.name);
      const fileName = `${folder}/__cell_${id}__.ts`;
      return { cell: { id, fileName, declares, ...emit(current, source, code) } };
    },

    commit(cell: CompiledCell, defined?: ReadonlySet<string>) {
      const ran = pending.get(cell.id);
      if (!ran) throw new Error(`cell ${cell.id} was committed before or never compiled`);
      pending.delete(cell.id);
      // A completion asked for while the cell ran has left its own text in the cell's file.
      notebook.write(ran.code, parseCell(ran.code));
      notebook.commit(
        defined ? ran.declared.filter((d) => d.kind === "type" || defined.has(d.name)) : ran.declared,
      );
    },

    complete(code, position) {
      const offset = Math.max(0, Math.min(position, code.length));
      const { file } = notebook.write(code, parseCell(code), "all");
      return completeAt(program.service(), file, code, offset);
    },

    inspect(code, position) {
      const offset = Math.max(0, Math.min(position, code.length));
      const { file } = notebook.write(code, parseCell(code), "all");
      return inspectAt(program.service(), file, code, offset);
    },

    isComplete: completeness,
    recover: () => program.reset(),
  };
}

/** `name`, lengthened until the cell does not use it. */
function unusedName(name: string, source: TS.SourceFile): string {
  const { identifiers } = source as ParsedCell;
  let free = name;
  while (identifiers.has(free)) free += "_";
  return free;
}

const slashed = (file: string) => file.replaceAll("\\", "/");
