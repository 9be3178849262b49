/**
 * The library as a notebook sees it: its built declarations under the kernel's compiler and options. A public
 * result that had silently become `any` would let every mistake of a reader through.
 */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compilerOptions } from "../../../../kernel-extensions/kernel/language/options.js";
import { ts, type TS } from "../../../../kernel-extensions/kernel/language/typescript.js";
import { packageRoot, TestNotebook } from "../notebook.js";

const ENTRIES = ["agentic-rl-lab", "agentic-rl-lab/notebook"];
/** How deep into properties and type arguments a result is looked at. */
const DEPTH = 4;

let notebook: TestNotebook;
let program: TS.Program;
let checker: TS.TypeChecker;

beforeAll(() => {
  notebook = new TestNotebook();
  const root = path.join(packageRoot, "__library_types__.ts");
  const text = ENTRIES.map((entry, i) => `import * as entry${i} from "${entry}"; export { entry${i} };`).join(
    "\n",
  );
  const options = { ...compilerOptions(packageRoot), skipLibCheck: false, noEmit: true };
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === root ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (file) => file === root || fileExists(file);
  program = ts.createProgram([root], options, host);
  checker = program.getTypeChecker();
});
afterAll(() => notebook.remove());

/** Every value an entry exports, namespaces opened: `survey.papers`. */
function publicValues(entry: string): { name: string; symbol: TS.Symbol }[] {
  const root = program.getSourceFile(path.join(packageRoot, "__library_types__.ts"))!;
  const [declaration] = root.statements.filter(
    (s) => ts.isImportDeclaration(s) && (s.moduleSpecifier as TS.StringLiteral).text === entry,
  ) as TS.ImportDeclaration[];
  const module = checker.getSymbolAtLocation(declaration!.moduleSpecifier)!;
  const open = (symbol: TS.Symbol, prefix: string): { name: string; symbol: TS.Symbol }[] =>
    checker.getExportsOfModule(symbol).flatMap((exported) => {
      const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = `${prefix}${exported.name}`;
      if (target.flags & ts.SymbolFlags.ValueModule) return open(target, `${name}.`);
      return target.flags & ts.SymbolFlags.Value ? [{ name, symbol: target }] : [];
    });
  return open(module, "");
}

/** Paths inside `type` that are `any`. */
function anyPaths(type: TS.Type, at: string, depth = DEPTH, seen = new Set<TS.Type>()): string[] {
  if (type.flags & ts.TypeFlags.Any) return [at];
  if (depth === 0 || seen.has(type)) return [];
  seen.add(type);
  const found: string[] = [];
  if (type.isUnionOrIntersection())
    for (const part of type.types) found.push(...anyPaths(part, at, depth, seen));
  for (const argument of checker.getTypeArguments(type as TS.TypeReference) ?? [])
    found.push(...anyPaths(argument, `${at}<>`, depth - 1, seen));
  for (const signature of type.getCallSignatures())
    found.push(...anyPaths(signature.getReturnType(), `${at}()`, depth - 1, seen));
  // Members of the language's own types (arrays, promises, typed arrays) are not ours to judge.
  for (const property of type.getProperties()) {
    const declaration = property.valueDeclaration;
    if (!declaration || !declaration.getSourceFile().fileName.startsWith(`${packageRoot}/dist/`)) continue;
    // Declarations leave the types of private members out, and no reader gets at them.
    if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) continue;
    found.push(...anyPaths(checker.getTypeOfSymbol(property), `${at}.${property.name}`, depth - 1, seen));
  }
  return found;
}

/** An expression of the type that a reader gets from the value `name`: its own, or what calling it gives. */
function resultOf(name: string, signatures: readonly TS.Signature[]): string {
  const [first] = signatures;
  if (!first) return name;
  // ReturnType erases type parameters to any; a call infers them.
  if (first.typeParameters)
    return `await ${name}(${first.parameters.map(() => "null! as never").join(", ")})`;
  return `null! as Awaited<ReturnType<typeof ${name}>>`;
}

describe("the library's declarations under the kernel's compiler", () => {
  it("have no error with skipLibCheck off", () => {
    const own = program.getSourceFiles().filter((f) => f.fileName.startsWith(`${packageRoot}/dist/`));
    expect(own.length).toBeGreaterThan(5);
    const errors = own.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]);
    expect(
      errors.map((e) => `${e.file?.fileName}: ${ts.flattenDiagnosticMessageText(e.messageText, "\n")}`),
    ).toEqual([]);
  });

  it.each(ENTRIES)("%s: no public value is or gives any", (entry) => {
    const values = publicValues(entry);
    expect(values.length).toBeGreaterThan(5);
    const found = values.flatMap(({ name, symbol }) => anyPaths(checker.getTypeOfSymbol(symbol), name));
    expect(found).toEqual([]);
  });

  it.each(ENTRIES)("%s: a wrong type assigned to each public result is an error in a cell", async (entry) => {
    const values = publicValues(entry);
    const [first] = entry.split("/").slice(-1);
    const alias = first!.replaceAll("-", "_");
    await notebook.value(
      `import * as ${alias} from "${entry}"; class Wrong { #brand = 1; get brand() { return this.#brand } }`,
    );
    const unnoticed: string[] = [];
    for (const { name, symbol } of values) {
      const type = checker.getTypeOfSymbol(symbol);
      const signatures = type.getCallSignatures();
      if (signatures.length > 0 && signatures.every((s) => s.getReturnType().flags & ts.TypeFlags.Never))
        continue;
      // What the caller put in comes back.
      if (signatures.some((s) => s.getReturnType().flags & ts.TypeFlags.TypeParameter)) continue;
      const result = resultOf(`${alias}.${name}`, signatures);
      const outcome = notebook.language.compile(`const wrong: Wrong = ${result};`);
      if (!outcome.diagnostics?.some((d) => ["TS2322", "TS2741", "TS2739", "TS2740"].includes(d.code)))
        unnoticed.push(name);
    }
    expect(unnoticed).toEqual([]);
  });

  it("its documentation and completion reach the reader", async () => {
    await notebook.value(`import { survey } from "agentic-rl-lab"`);
    const names = notebook.language.complete("survey.pap", 10).matches.map((m) => m.text);
    expect(names).toContain("papersByMonth");
    const shown = notebook.language.inspect("survey.papersByMonth", 18);
    expect(shown?.plain).toContain("papersByMonth(");
    expect(shown!.plain.split("\n").length).toBeGreaterThan(2);
  });
});
