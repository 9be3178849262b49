/** Which names a cell's code declares and which it uses, by its syntax alone. */
import { joinLines, type CodeCell } from "../../client/notebook.js";
import { declaredNames } from "../../kernel/language/declarations.js";
import { ts, type TS } from "../../kernel/language/typescript.js";

export interface CellNames {
  declared: ReadonlySet<string>;
  /** Names of variables and types that the cell does not declare itself, in whatever scope. */
  used: ReadonlySet<string>;
}

const fileName = "/cell.ts";
/** The cell by itself: neither libraries nor imports are needed to see what a name is bound to. */
const options: TS.CompilerOptions = {
  noLib: true,
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
};

export function cellNames(source: string): CellNames {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.ES2022, true);
  const host: TS.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile: (name) => (name === fileName ? file : undefined),
    fileExists: (name) => name === fileName,
  };
  const checker = ts.createProgram([fileName], options, host).getTypeChecker();
  const used = new Set<string>();
  const visit = (node: TS.Node): void => {
    if (ts.isIdentifier(node) && !isLabel(node)) {
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (!symbol?.declarations?.length) used.add(node.text);
    }
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
    for (const name of used) wanted.add(name);
    needed.unshift(index);
  }
  return needed;
}

/** Of a notebook's code cells, those before `cell` that the code needs: see {@link neededCells}. */
export function neededBy(
  cells: readonly CodeCell[],
): (cell: CodeCell, code: readonly string[]) => CodeCell[] {
  const names = cells.map((cell) => cellNames(joinLines(cell.source)));
  return (cell, code) => neededCells(names, cells.indexOf(cell), code).map((index) => cells[index]!);
}
