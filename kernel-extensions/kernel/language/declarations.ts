/** Which names a cell declares at its top level, read from its syntax alone. */
import { ts, type TS } from "./typescript.js";

export interface DeclaredName {
  name: string;
  /**
   * `variable` can be assigned by later cells (let, var); `value` exists at run time (const, function, class,
   * enum, namespace); `import` may turn out to be either a value or a type; `type` never exists at run time.
   */
  kind: "variable" | "value" | "import" | "type";
}

const hasModifier = (node: TS.Node, kind: TS.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === kind) ?? false);

export const isExported = (node: TS.Node): boolean => hasModifier(node, ts.SyntaxKind.ExportKeyword);
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

function importedNames(statement: TS.ImportDeclaration): string[] {
  const clause = statement.importClause;
  if (!clause) return [];
  const names = clause.name ? [clause.name.text] : [];
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.push(bindings.name.text);
  else if (bindings) names.push(...bindings.elements.map((element) => element.name.text));
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
    if (before === undefined || before === "type") names.set(name, kind);
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const list = statement.declarationList;
      const constant =
        (list.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Let &&
        (list.flags & ts.NodeFlags.BlockScoped) !== 0;
      for (const declaration of list.declarations)
        for (const name of boundNames(declaration.name)) add(name, constant ? "value" : "variable");
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ) {
      if (statement.name) add(statement.name.text, "value");
    } else if (ts.isModuleDeclaration(statement)) {
      if (ts.isIdentifier(statement.name) && statement.name.text !== "global")
        add(statement.name.text, "import");
    } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      add(statement.name.text, "type");
    } else if (ts.isImportDeclaration(statement)) {
      const typeOnly = statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      for (const name of importedNames(statement)) add(name, typeOnly ? "type" : "import");
    } else if (ts.isImportEqualsDeclaration(statement)) {
      add(statement.name.text, "import");
    } else {
      const hoisted: string[] = [];
      hoistedNames(statement, hoisted);
      for (const name of hoisted) add(name, "variable");
    }
  }
  return [...names].map(([name, kind]) => ({ name, kind }));
}

/** Names the cell itself already exports with an `export` modifier or an export list: not to be exported twice. */
export function exportedNames(source: TS.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const element of statement.exportClause.elements) names.add(element.name.text);
    } else if (ts.isVariableStatement(statement) && isExported(statement)) {
      for (const declaration of statement.declarationList.declarations)
        for (const name of boundNames(declaration.name)) names.add(name);
    } else if (isExported(statement) && !hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
      const name = (statement as TS.DeclarationStatement).name;
      if (name && ts.isIdentifier(name)) names.add(name.text);
    }
  }
  return names;
}
