/** Which names a cell declares at its top level, read from its syntax alone. */
import { ts, type TS } from "./typescript.js";

export interface DeclaredName {
  name: string;
  /**
   * `variable` can be assigned by later cells (let, var); `constant` is a value only (const, function); `both`
   * names a value and a type, or may (class, enum, namespace, import); `type` never exists at run time.
   */
  kind: "variable" | "constant" | "both" | "type";
}

const hasModifier = (node: TS.Node, kind: TS.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === kind) ?? false);

export const isAmbient = (node: TS.Node): boolean => hasModifier(node, ts.SyntaxKind.DeclareKeyword);

/** Every identifier a binding name introduces: `{a, b: [c]}` gives a and c. */
export function boundNames(name: TS.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

/** Names of `var` declarations below `node` that are hoisted out of blocks and loops, not out of functions. */
function hoistedNames(node: TS.Node, found: string[]): void {
  ts.forEachChild(node, (child) => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child) || ts.isModuleDeclaration(child)) return;
    if (ts.isVariableDeclarationList(child) && (child.flags & ts.NodeFlags.BlockScoped) === 0)
      for (const declaration of child.declarations) found.push(...boundNames(declaration.name));
    hoistedNames(child, found);
  });
}

function importedNames(statement: TS.ImportDeclaration): DeclaredName[] {
  const clause = statement.importClause;
  if (!clause) return [];
  const kind = clause.phaseModifier === ts.SyntaxKind.TypeKeyword ? "type" : "both";
  const names: DeclaredName[] = clause.name ? [{ name: clause.name.text, kind }] : [];
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.push({ name: bindings.name.text, kind });
  for (const element of bindings && ts.isNamedImports(bindings) ? bindings.elements : [])
    names.push({ name: element.name.text, kind: element.isTypeOnly ? "type" : kind });
  return names;
}

/**
 * The names `source` declares at top level, each once, in order of appearance. A name declared twice
 * (function overloads, a class merged with a namespace) takes the kind that exists at run time.
 */
export function declaredNames(source: TS.SourceFile): DeclaredName[] {
  const names = new Map<string, DeclaredName["kind"]>();
  const add = (name: string, kind: DeclaredName["kind"]) => {
    const before = names.get(name);
    if (before === undefined) names.set(name, kind);
    // A value beside a type of the same name: `const X` and `type X`.
    else if ((before === "type") !== (kind === "type")) names.set(name, "both");
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      // `declare const x` says that a global exists; it makes no notebook variable.
      if (isAmbient(statement)) continue;
      const list = statement.declarationList;
      const scoped = list.flags & ts.NodeFlags.BlockScoped;
      const kind = scoped === 0 || scoped === ts.NodeFlags.Let ? "variable" : "constant";
      for (const declaration of list.declarations)
        for (const name of boundNames(declaration.name)) add(name, kind);
    } else if (ts.isFunctionDeclaration(statement)) {
      if (statement.name && !isAmbient(statement)) add(statement.name.text, "constant");
    } else if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) {
      if (statement.name) add(statement.name.text, isAmbient(statement) ? "type" : "both");
    } else if (ts.isModuleDeclaration(statement)) {
      if (ts.isIdentifier(statement.name) && statement.name.text !== "global")
        add(statement.name.text, isAmbient(statement) ? "type" : "both");
    } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      add(statement.name.text, "type");
    } else if (ts.isImportDeclaration(statement)) {
      for (const { name, kind } of importedNames(statement)) add(name, kind);
    } else if (ts.isImportEqualsDeclaration(statement)) {
      add(statement.name.text, statement.isTypeOnly ? "type" : "both");
    } else {
      const hoisted: string[] = [];
      hoistedNames(statement, hoisted);
      for (const name of hoisted) add(name, "variable");
    }
  }
  return [...names].map(([name, kind]) => ({ name, kind }));
}
