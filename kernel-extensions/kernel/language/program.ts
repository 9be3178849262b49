/**
 * One incremental TypeScript program over the notebook's files, and a language service on the same parsed
 * files for completion and documentation.
 */
import { resolutionHost } from "./resolution.js";
import type { NotebookFiles } from "./slots.js";
import { ts, type TS } from "./typescript.js";

interface CachedFile {
  version: string;
  source: TS.SourceFile;
}

export interface NotebookProgram {
  /** The program over the files as they are now. */
  update(): TS.Program;
  /** A language service over the same files. */
  service(): TS.LanguageService;
  /** Forgets everything parsed. */
  reset(): void;
}

export function createProgram(
  notebook: NotebookFiles,
  options: TS.CompilerOptions,
  directories: { cwd: string; installation: string },
  globals: VirtualGlobals,
): NotebookProgram {
  const cache = new Map<string, CachedFile>();
  const roots = () => [globals.fileName, notebook.hub];
  const virtualText = (file: string) =>
    file === globals.fileName ? globals.text : notebook.files.get(file)?.text;
  const fileExists = (file: string) => virtualText(file) !== undefined || ts.sys.fileExists(file);
  const readFile = (file: string) => virtualText(file) ?? ts.sys.readFile(file);
  const resolution = resolutionHost(options, directories, { fileExists, readFile });

  // Declaration files of packages are taken as they were first read; a notebook's own modules are looked at anew.
  const isVolatile = (file: string) => !file.includes("/node_modules/") && !file.endsWith(".d.ts");
  const version = (file: string): string => {
    const virtual = notebook.files.get(file);
    if (virtual) return String(virtual.version);
    return isVolatile(file) ? String(ts.sys.getModifiedTime?.(file)?.getTime() ?? "") : "";
  };

  function sourceFile(
    file: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions,
  ): TS.SourceFile | undefined {
    const current = version(file);
    const cached = cache.get(file);
    if (cached?.version === current) return cached.source;
    const text = readFile(file);
    if (text === undefined) return undefined;
    // The binder sets parents; setting them here as well would be a second walk through every file.
    const source = ts.createSourceFile(file, text, target, /* setParentNodes */ false);
    (source as { version?: string }).version = current;
    cache.set(file, { version: current, source });
    return source;
  }

  const shared = {
    ...resolution,
    fileExists,
    readFile,
    getCurrentDirectory: () => directories.cwd,
    getDefaultLibFileName: (o: TS.CompilerOptions) => ts.getDefaultLibFilePath(o),
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
  };
  const compilerHost: TS.CompilerHost = {
    ...shared,
    getSourceFile: sourceFile,
    getCanonicalFileName: (file) => (ts.sys.useCaseSensitiveFileNames ? file : file.toLowerCase()),
    getNewLine: () => "\n",
    writeFile: () => undefined,
  };

  let program: TS.Program | undefined;
  let service: TS.LanguageService | undefined;

  return {
    update() {
      program = ts.createProgram({
        rootNames: roots(),
        options,
        host: compilerHost,
        ...(program ? { oldProgram: program } : {}),
      });
      return program;
    },
    service() {
      service ??= ts.createLanguageService(
        {
          ...shared,
          getCompilationSettings: () => options,
          getScriptFileNames: roots,
          getScriptVersion: version,
          getScriptSnapshot: (file) => {
            const text = readFile(file);
            return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
          },
        },
        sharedRegistry(sourceFile),
      );
      return service;
    },
    reset() {
      cache.clear();
      program = undefined;
      service?.dispose();
      service = undefined;
    },
  };
}

export interface VirtualGlobals {
  fileName: string;
  text: string;
}

/** A document registry that hands the language service the program's own parsed files. */
function sharedRegistry(
  sourceFile: (
    file: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions,
  ) => TS.SourceFile | undefined,
): TS.DocumentRegistry {
  const get = (
    file: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions | undefined,
  ): TS.SourceFile => {
    const source = sourceFile(file, target ?? ts.ScriptTarget.ES2024);
    if (!source) throw new Error(`${file} disappeared while it was read`);
    return source;
  };
  return {
    acquireDocument: (file, _o, _s, _v, _k, target) => get(file, target),
    acquireDocumentWithKey: (file, _p, _o, _key, _s, _v, _k, target) => get(file, target),
    updateDocument: (file, _o, _s, _v, _k, target) => get(file, target),
    updateDocumentWithKey: (file, _p, _o, _key, _s, _v, _k, target) => get(file, target),
    getKeyForCompilationSettings: () => "notebook" as TS.DocumentRegistryBucketKey,
    releaseDocument: () => undefined,
    releaseDocumentWithKey: () => undefined,
    reportStats: () => "",
  };
}
