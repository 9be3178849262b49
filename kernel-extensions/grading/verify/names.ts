/** Which names a cell's code declares and which it uses, by its syntax alone. */
import { declaredNames } from "../../kernel/language/declarations.js";
import { ts, type TS } from "../../kernel/language/typescript.js";

export interface CellNames {
  declared: ReadonlySet<string>;
  /** Every name that may mean a variable or a type: rather too many than too few. */
  used: ReadonlySet<string>;
}

export function cellNames(source: string): CellNames {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const visit = (node: TS.Node): void => {
    if (ts.isIdentifier(node) && !isLabel(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { declared: new Set(declaredNames(file).map(({ name }) => name)), used };
}

/** A name that stands for itself: a property, a key, what an import is called where it comes from. */
function isLabel(node: TS.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ((ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent)
  );
}

/**
 * The cells before `end` that the code needs, directly or by way of others: of each name the last cell that declares
 * it. In order.
 */
export function neededCells(names: readonly CellNames[], end: number, code: readonly string[]): number[] {
  const wanted = new Set(code.flatMap((source) => [...cellNames(source).used]));
  const needed: number[] = [];
  for (let index = end - 1; index >= 0; index--) {
    const { declared, used } = names[index]!;
    if (![...declared].some((name) => wanted.has(name))) continue;
    for (const name of declared) wanted.delete(name);
    for (const name of used) if (!declared.has(name)) wanted.add(name);
    needed.unshift(index);
  }
  return needed;
}
