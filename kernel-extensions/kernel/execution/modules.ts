/**
 * Loading what cells import. Packages and JavaScript go through Node's own `import()`, rooted in the notebook's
 * folder or, where the package is not found there, in the kernel's installation; so ESM-only packages, top-level
 * await and conditional exports behave as in any Node program. Local TypeScript modules are translated here, and
 * again when they changed.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";
import { declaredNames } from "../language/declarations.js";
import { ts, type TS } from "../language/typescript.js";
import type { StackTraces } from "./stack.js";

/** A loaded module, with CommonJS exports kept apart: names that Node's lexer misses are found there. */
export interface Loaded {
  namespace: Record<string, unknown>;
  commonjs?: { exports: unknown };
}

interface LocalModule {
  hash: string;
  exports: Record<string, unknown>;
  evaluated: Promise<void> | undefined;
}

const RELATIVE = /^(?:\.{1,2}(?:\/|$)|\/|file:|[a-zA-Z]:[\\/])/;
const TYPESCRIPT = /\.[cm]?tsx?$/;
/** `./lib.js` means `./lib.ts` when only that is there, as TypeScript resolves it. */
const SUFFIXES = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];
const SOURCES: Record<string, string[]> = { ".js": [".ts", ".tsx"], ".mjs": [".mts"], ".cjs": [".cts"] };

export class ModuleLoader {
  readonly #installation: string;
  readonly #cwd: string;
  readonly #stacks: StackTraces;
  readonly #importers = new Map<string, (specifier: string) => Promise<Record<string, unknown>>>();
  readonly #local = new Map<string, LocalModule>();
  readonly #loaded = new Map<string, Loaded>();

  constructor({ cwd, installation }: { cwd: string; installation: string }, stacks: StackTraces) {
    this.#cwd = cwd;
    this.#installation = installation;
    this.#stacks = stacks;
  }

  /** Loads `specifier` as written in a file of `directory`; afterwards {@link get} returns it at once. */
  async load(specifier: string, directory: string): Promise<Loaded> {
    const loaded = await this.#load(specifier, directory, []);
    this.#loaded.set(key(specifier, directory), loaded);
    return loaded;
  }

  /** A module loaded before. */
  get(specifier: string, directory: string): Loaded {
    const loaded = this.#loaded.get(key(specifier, directory));
    if (!loaded) throw new Error(`module "${specifier}" was not loaded before its use`);
    return loaded;
  }

  /** CommonJS `require` for code in `directory`, with the installation as the second place to look. */
  requireFrom(directory: string): NodeJS.Require {
    const require = createRequire(path.join(directory, "[notebook].js"));
    return new Proxy(require, {
      apply: (_target, _this, [id]: [string]): unknown => {
        const preloaded = this.#loaded.get(key(id, directory));
        if (preloaded) return requiredForm(preloaded);
        if (RELATIVE.test(id)) return require(resolveFile(id, directory) ?? id) as unknown;
        return (this.#isFound(id, directory) ? require : this.#ownRequire())(id) as unknown;
      },
    });
  }

  #ownRequire(): NodeJS.Require {
    return createRequire(path.join(this.#installation, "[kernel].js"));
  }

  async #load(specifier: string, directory: string, importers: string[]): Promise<Loaded> {
    if (isBuiltin(specifier)) return { namespace: await this.#importFrom(directory, specifier) };
    if (RELATIVE.test(specifier)) {
      const file = resolveFile(specifier, directory);
      if (!file) throw notFound(specifier, directory);
      if (TYPESCRIPT.test(file)) return { namespace: await this.#loadTypeScript(file, importers) };
      if (file.endsWith(".json")) return readJson(file);
      return this.#native(pathToFileURL(file).href, directory);
    }
    const root = this.#isFound(specifier, directory) ? directory : this.#installation;
    if (specifier.endsWith(".json"))
      return readJson(createRequire(path.join(root, "[notebook].js")).resolve(specifier));
    return this.#native(specifier, root);
  }

  async #native(specifier: string, directory: string): Promise<Loaded> {
    const namespace = await this.#importFrom(directory, specifier);
    const require = createRequire(path.join(directory, "[notebook].js"));
    let file: string | undefined;
    try {
      file = require.resolve(specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier);
    } catch {
      // Packages that export only to `import` cannot be CommonJS.
    }
    const cached = file === undefined ? undefined : require.cache[file];
    if (cached && cached.exports === namespace.default)
      return { namespace, commonjs: { exports: cached.exports } };
    return { namespace };
  }

  /** Node's `import()` as it behaves in a file of `directory`, without writing one there. */
  #importFrom(directory: string, specifier: string): Promise<Record<string, unknown>> {
    let importer = this.#importers.get(directory);
    if (!importer) {
      importer = vm.runInThisContext("(specifier) => import(specifier)", {
        filename: path.join(directory, "[notebook].js"),
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }) as (specifier: string) => Promise<Record<string, unknown>>;
      this.#importers.set(directory, importer);
    }
    return importer(specifier);
  }

  /** Whether a bare specifier's package lies in a node_modules above `directory`, or is the package around it. */
  #isFound(specifier: string, directory: string): boolean {
    if (specifier.startsWith("#")) return true;
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    for (let folder = directory; ; folder = path.dirname(folder)) {
      if (existsSync(path.join(folder, "node_modules", name))) return true;
      const manifest = path.join(folder, "package.json");
      if (existsSync(manifest) && packageName(manifest) === name) return true;
      if (path.dirname(folder) === folder) return false;
    }
  }

  /**
   * A local TypeScript module, evaluated once per content. Its imports are loaded first, depth first, as in ESM;
   * a module met again on its own import path is handed over half filled, as in CommonJS.
   */
  async #loadTypeScript(file: string, importers: string[]): Promise<Record<string, unknown>> {
    const source = readFileSync(file, "utf8");
    const hash = this.#hash(file, source, new Set());
    let module = this.#local.get(file);
    if (module && importers.includes(file)) return module.exports;
    if (module?.hash !== hash) {
      module = { hash, exports: moduleExports(), evaluated: undefined };
      this.#local.set(file, module);
    }
    const { exports } = module;
    module.evaluated ??= this.#evaluate(file, source, exports, [...importers, file]).catch(
      (error: unknown) => {
        this.#local.delete(file);
        throw error;
      },
    );
    await module.evaluated;
    return exports;
  }

  async #evaluate(
    file: string,
    source: string,
    exports: Record<string, unknown>,
    importers: string[],
  ): Promise<void> {
    const directory = path.dirname(file);
    const { outputText, sourceMapText } = ts.transpileModule(source, {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2024,
        module: ts.ModuleKind.CommonJS,
        jsx: ts.JsxEmit.React,
        esModuleInterop: true,
        sourceMap: true,
      },
      transformers: { before: [moduleTransformer] },
    });
    const code = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
    // What the translated module requires at once; imports of types are gone, `import()` waits until it is called.
    const dependencies = new Map<string, Loaded>();
    for (const specifier of requiredAtOnce(code))
      dependencies.set(specifier, await this.#load(specifier, directory, importers));
    this.#stacks.register(file, path.relative(this.#cwd, file), source, sourceMapText ?? "");
    const require = this.requireFrom(directory);
    const requireLoaded = (id: string): unknown => {
      const loaded = dependencies.get(id);
      return loaded ? requiredForm(loaded) : require(id);
    };
    // Async, because a local module may await at its top level as any ES module may.
    const run = vm.runInThisContext(
      `(async function (exports, require, module, __filename, __dirname, __import, __meta) {"use strict"; {\n${code}\n}})`,
      {
        filename: file,
        lineOffset: -1,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      },
    ) as (...args: unknown[]) => Promise<void>;
    const importDynamically = async (specifier: string) => (await this.load(specifier, directory)).namespace;
    await run(exports, requireLoaded, { exports }, file, directory, importDynamically, metaOf(file));
  }

  /** Changes when the file or anything local it imports changes. */
  #hash(file: string, source: string, seen: Set<string>): string {
    seen.add(file);
    const parts = [source];
    for (const { fileName } of ts.preProcessFile(source, true, true).importedFiles) {
      const local = RELATIVE.test(fileName) ? resolveFile(fileName, path.dirname(file)) : undefined;
      if (local && TYPESCRIPT.test(local) && !seen.has(local))
        parts.push(this.#hash(local, readFileSync(local, "utf8"), seen));
    }
    return parts.join("\0");
  }
}

/** Marked as an ES module from the start: a module of a cycle is handed over before it has run. */
const moduleExports = (): Record<string, unknown> => Object.defineProperty({}, "__esModule", { value: true });

/** Names that the CommonJS form of a module needs for itself; a module that declares one gets it renamed. */
const RESERVED = new Set(["require", "exports"]);

/**
 * `import.meta` and `import()` of a local module, which runs as a function, where neither means the module; and
 * declarations such as `const require = createRequire(import.meta.url)`, which ES modules may make.
 */
const moduleTransformer: TS.TransformerFactory<TS.SourceFile> = (context) => (file) => {
  const taken = new Set(declaredNames(file).flatMap(({ name }) => (RESERVED.has(name) ? [name] : [])));
  const { factory } = ts;
  const visit = (node: TS.Node): TS.Node => {
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return factory.createIdentifier("__meta");
    if (ts.isIdentifier(node) && taken.has(node.text)) return factory.createIdentifier(`${node.text}_own`);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name))
      return factory.updatePropertyAccessExpression(
        node,
        ts.visitNode(node.expression, visit) as TS.Expression,
        node.name,
      );
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name))
      return factory.updatePropertyAssignment(
        node,
        node.name,
        ts.visitNode(node.initializer, visit) as TS.Expression,
      );
    if (ts.isShorthandPropertyAssignment(node) && taken.has(node.name.text))
      return factory.createPropertyAssignment(node.name, factory.createIdentifier(`${node.name.text}_own`));
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isCallExpression(visited) && visited.expression.kind === ts.SyntaxKind.ImportKeyword)
      return factory.createCallExpression(factory.createIdentifier("__import"), undefined, visited.arguments);
    return visited;
  };
  return ts.visitNode(file, visit) as TS.SourceFile;
};

/** Specifiers of the `require("…")` calls in `code` that run when the module does, not inside a function. */
function requiredAtOnce(code: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: TS.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require") {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteral(specifier)) found.add(specifier.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("module.js", code, ts.ScriptTarget.ES2024));
  return found;
}

/** What `import { name } from` gives for a loaded module; `*` is the namespace, `=` the CommonJS form. */
export function pick(loaded: Loaded, name: string): unknown {
  const { namespace, commonjs } = loaded;
  if (name === "=") return requiredForm(loaded);
  if (!commonjs) return name === "*" ? namespace : namespace[name];
  const exports = commonjs.exports as Record<string, unknown> | null | undefined;
  const isEsModule = exports?.__esModule === true;
  if (name === "*") return isEsModule ? exports : withNamedExports(namespace, exports);
  if (name === "default") return isEsModule && "default" in exports ? exports.default : exports;
  return exports?.[name];
}

/** A CommonJS module's namespace with every export by name, not only those Node's lexer saw. */
function withNamedExports(namespace: Record<string, unknown>, exports: unknown): Record<string, unknown> {
  if (exports === null || (typeof exports !== "object" && typeof exports !== "function")) return namespace;
  const whole = Object.defineProperties({}, Object.getOwnPropertyDescriptors(exports)) as Record<
    string,
    unknown
  >;
  Object.defineProperty(whole, "default", { value: exports, enumerable: true });
  return whole;
}

/** What `require` gives: CommonJS exports as they are, an ES module marked so that TypeScript's helpers know it. */
function requiredForm({ namespace, commonjs }: Loaded): unknown {
  if (commonjs) return commonjs.exports;
  if (namespace.__esModule === true) return namespace;
  const marked: Record<string, unknown> = {};
  for (const name of Object.keys(namespace))
    Object.defineProperty(marked, name, { enumerable: true, get: () => namespace[name] });
  return Object.defineProperty(marked, "__esModule", { value: true });
}

/** JSON needs no import attribute here: the type checker has read it already. */
function readJson(file: string): Loaded {
  const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
  return { namespace: { default: value }, commonjs: { exports: value } };
}

/**
 * Makes an imported name a variable of the notebook. Like any import it follows the module's own variable;
 * a later cell that declares the name again replaces it.
 */
export function bindImport(scope: object, name: string, loaded: Loaded, exported: string): void {
  const attributes = { configurable: true, enumerable: true };
  if (exported === "*" || exported === "=") {
    Object.defineProperty(scope, name, { ...attributes, writable: true, value: pick(loaded, exported) });
    return;
  }
  Object.defineProperty(scope, name, {
    ...attributes,
    get: () => pick(loaded, exported),
    set: (value: unknown) => {
      Object.defineProperty(scope, name, { ...attributes, writable: true, value });
    },
  });
}

/** The value of `import.meta` in `file`. */
export function metaOf(file: string): Record<string, unknown> {
  const require = createRequire(file);
  const url = pathToFileURL(file).href;
  return {
    url,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier: string) => {
      if (RELATIVE.test(specifier)) return new URL(specifier, url).href;
      return isBuiltin(specifier) ? specifier : pathToFileURL(require.resolve(specifier)).href;
    },
  };
}

/** The file a relative specifier means, `undefined` when there is none. */
function resolveFile(specifier: string, directory: string): string | undefined {
  const target = specifier.startsWith("file:")
    ? fileURLToPath(specifier)
    : path.resolve(directory, specifier);
  const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  for (const suffix of SUFFIXES) if (isFile(target + suffix)) return target + suffix;
  const extension = path.extname(target);
  for (const source of SOURCES[extension] ?? []) {
    const file = target.slice(0, -extension.length) + source;
    if (isFile(file)) return file;
  }
  for (const suffix of SUFFIXES.slice(1)) {
    const index = path.join(target, `index${suffix}`);
    if (isFile(index)) return index;
  }
  return undefined;
}

function notFound(specifier: string, directory: string): Error {
  const error = new Error(`Cannot find module '${specifier}' from ${directory}`);
  return Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
}

function packageName(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}

const key = (specifier: string, directory: string) => `${directory}\0${specifier}`;
