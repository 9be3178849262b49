/**
 * Rewrites a checked cell so that its top-level variables outlive it.
 *
 * Each top-level name becomes a property of the notebook's scope object: `let x = 1` → `__scope.x = 1`, and
 * every reference, also from inside functions, goes there. So a later cell can declare the name again, assign
 * it, or redefine a function, and earlier closures see it; and no notebook variable can shadow a global that
 * a library relies on (`const performance = …` stays the notebook's own).
 *
 * References are told apart by the checker's symbols, never by spelling. `await` is routed through the
 * runtime so that an interrupted cell stops at the place where it waits; imports and `import.meta` too.
 */
import { isAmbient } from "./declarations.js";
import { ts, type TS } from "./typescript.js";

export interface TransformFacts {
  /** Names of the parameters through which the cell reaches the notebook; none that the cell uses itself. */
  scope: string;
  runtime: string;
  /** The cell awaits outside any function. */
  isAsync: boolean;
  imports: { specifier: string; position: number }[];
}

const f = ts.factory;
const call = (callee: TS.Expression, ...args: TS.Expression[]) =>
  f.createCallExpression(callee, undefined, args);
const mapped = <T extends TS.Node>(node: T, original: TS.Node): T => ts.setSourceMapRange(node, original);

const NAMING = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
]);
/** `f = () => {}` gives the function its name, as do the logical assignments. */
const isNamingAssignment = (node: TS.BinaryExpression) => NAMING.has(node.operatorToken.kind);

/** The expression inside parentheses, `!`, casts and `satisfies`. */
function unwrapped(expression: TS.Expression): TS.Expression {
  let inner = expression;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isNonNullExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isTypeAssertionExpression(inner) ||
    ts.isSatisfiesExpression(inner)
  )
    inner = inner.expression;
  return inner;
}

/** Statements that leave nothing to run. */
const isErased = (statement: TS.Statement) =>
  ts.isEmptyStatement(statement) ||
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement) ||
  isAmbient(statement) ||
  (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) ||
  (ts.isFunctionDeclaration(statement) && !statement.body);

const isFunctionScope = (node: TS.Node) =>
  ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isModuleBlock(node);
const isVar = (list: TS.VariableDeclarationList) => (list.flags & ts.NodeFlags.BlockScoped) === 0;
const isUsing = (list: TS.VariableDeclarationList) => (list.flags & ts.NodeFlags.Using) !== 0;
const isAwaitUsing = (list: TS.VariableDeclarationList) =>
  (list.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;

/** Whether `declaration` introduces a name at the top level of its cell (or, ambient, of its tail). */
function isTopLevel(declaration: TS.Declaration, tailStart: number): boolean {
  if (
    declaration.pos < tailStart &&
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0
  )
    return false;
  if (ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration)) {
    let node: TS.Node = declaration;
    while (!ts.isVariableDeclarationList(node)) {
      if (ts.isParameter(node) || ts.isSourceFile(node) || ts.isCatchClause(node)) return false;
      node = node.parent;
    }
    if (!isVar(node)) return ts.isVariableStatement(node.parent) && ts.isSourceFile(node.parent.parent);
    let scope: TS.Node = node.parent;
    while (!ts.isSourceFile(scope)) {
      if (isFunctionScope(scope)) return false;
      scope = scope.parent;
    }
    return true;
  }
  if (
    ts.isImportClause(declaration) ||
    ts.isNamespaceImport(declaration) ||
    ts.isImportSpecifier(declaration)
  )
    return true;
  return (
    (ts.isFunctionDeclaration(declaration) ||
      ts.isClassDeclaration(declaration) ||
      ts.isEnumDeclaration(declaration) ||
      ts.isModuleDeclaration(declaration) ||
      ts.isImportEqualsDeclaration(declaration)) &&
    ts.isSourceFile(declaration.parent)
  );
}

/** A `before` transformer for one cell; fills `facts` as it goes. `length` is the cell's own text, without the tail. */
export function cellTransformer(
  checker: TS.TypeChecker,
  length: number,
  facts: TransformFacts,
): TS.TransformerFactory<TS.SourceFile> {
  return (context) => (source) => new CellTransform(checker, length, facts, context, source).run();
}

/** An `after` transformer: drops the `export {}` TypeScript adds to keep the output a module. */
export const dropModuleMarker: TS.TransformerFactory<TS.SourceFile> = () => (source) =>
  f.updateSourceFile(
    source,
    source.statements.filter((statement) => !ts.isExportDeclaration(statement)),
  );

class CellTransform {
  readonly #checker: TS.TypeChecker;
  readonly #length: number;
  readonly #facts: TransformFacts;
  readonly #context: TS.TransformationContext;
  readonly #source: TS.SourceFile;
  readonly #shared = new Map<TS.Symbol, boolean>();
  /** Declarations being visited whose name is bound inside themselves (class, enum, namespace bodies). */
  readonly #inside = new Set<TS.Node>();
  #functionDepth = 0;
  #modules = 0;

  constructor(
    checker: TS.TypeChecker,
    length: number,
    facts: TransformFacts,
    context: TS.TransformationContext,
    source: TS.SourceFile,
  ) {
    this.#checker = checker;
    this.#length = length;
    this.#facts = facts;
    this.#context = context;
    this.#source = source;
  }

  run(): TS.SourceFile {
    const statements = this.#source.statements.filter((s) => s.getStart(this.#source) < this.#length);
    const running = statements.filter((s) => !isErased(s));
    const last = running.at(-1);
    const functions: TS.Statement[] = [];
    const imports: TS.Statement[] = [];
    const output: TS.Statement[] = [];
    for (const statement of running) {
      if (ts.isFunctionDeclaration(statement) && statement.body && statement.name)
        functions.push(this.#publish(statement.name));
      // Imports are there before anything runs, wherever they stand; a bare `var x;` is undefined until then.
      const isImport = ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
      (isImport ? imports : output).push(...this.#statement(statement, statement === last));
    }
    return f.updateSourceFile(this.#source, [
      ...functions,
      ...this.#bareVars(running),
      ...imports,
      ...output,
    ]);
  }

  /** `var x;` at the top of the cell: what hoisting makes of it. */
  #bareVars(statements: TS.Statement[]): TS.Statement[] {
    const names = statements
      .filter(ts.isVariableStatement)
      .filter((s) => isVar(s.declarationList))
      .flatMap((s) => s.declarationList.declarations)
      .flatMap((d) => (d.initializer === undefined && ts.isIdentifier(d.name) ? [d.name] : []));
    return names.map((name) =>
      f.createExpressionStatement(f.createAssignment(this.#property(name), f.createVoidZero())),
    );
  }

  #statement(statement: TS.Statement, isLast: boolean): TS.Statement[] {
    if (ts.isExpressionStatement(statement))
      return [this.#expressionStatement(statement.expression, statement, isLast)];
    // `export default SomeType` names nothing that runs.
    if (
      ts.isExportAssignment(statement) &&
      ts.isIdentifier(statement.expression) &&
      !this.#isValue(statement.expression)
    )
      return [];
    if (ts.isExportAssignment(statement))
      return [this.#expressionStatement(statement.expression, statement, isLast)];
    if (ts.isImportDeclaration(statement)) return this.#import(statement);
    if (ts.isImportEqualsDeclaration(statement)) return this.#importEquals(statement);
    if (ts.isExportDeclaration(statement)) return this.#exportFrom(statement);
    if (ts.isVariableStatement(statement)) return this.#variables(statement);
    if (ts.isFunctionDeclaration(statement)) {
      if (!statement.name) return [this.#unnamedDefault(statement, isLast)];
      return [this.#withoutExport(this.#visit(statement) as TS.FunctionDeclaration)];
    }
    if (ts.isClassDeclaration(statement) && !statement.name) return [this.#unnamedDefault(statement, isLast)];
    if (
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isModuleDeclaration(statement)
    )
      return this.#selfNamed(statement);
    return [this.#visit(statement) as TS.Statement];
  }

  #expressionStatement(expression: TS.Expression, statement: TS.Statement, isLast: boolean): TS.Statement {
    const value = this.#expression(expression);
    return mapped(
      f.createExpressionStatement(isLast ? call(this.#runtime("result"), value) : value),
      statement,
    );
  }

  /** `export default function () {}`: a declaration without a name becomes the expression it stands for. */
  #unnamedDefault(statement: TS.FunctionDeclaration | TS.ClassDeclaration, isLast: boolean): TS.Statement {
    const plain = this.#withoutExport(this.#visit(statement) as typeof statement);
    const modifiers = plain.modifiers?.filter(ts.isModifier);
    const value = ts.isFunctionDeclaration(plain)
      ? f.createFunctionExpression(
          modifiers,
          plain.asteriskToken,
          undefined,
          plain.typeParameters,
          plain.parameters,
          plain.type,
          plain.body!,
        )
      : f.createClassExpression(
          plain.modifiers,
          undefined,
          plain.typeParameters,
          plain.heritageClauses,
          plain.members,
        );
    const expression = isLast ? call(this.#runtime("result"), value) : f.createVoidExpression(value);
    return mapped(f.createExpressionStatement(expression), statement);
  }

  /** `__scope.name = name;` */
  #publish(name: TS.Identifier): TS.Statement {
    return f.createExpressionStatement(
      f.createAssignment(this.#property(name), f.createIdentifier(name.text)),
    );
  }

  #selfNamed(statement: TS.ClassDeclaration | TS.EnumDeclaration | TS.ModuleDeclaration): TS.Statement[] {
    const symbol = statement.name && this.#checker.getSymbolAtLocation(statement.name);
    const exists =
      !ts.isModuleDeclaration(statement) || ((symbol?.flags ?? 0) & ts.SymbolFlags.ValueModule) !== 0;
    if (!exists) return [];
    this.#inside.add(statement);
    const visited = this.#withoutExport(this.#visit(statement) as typeof statement);
    this.#inside.delete(statement);
    if (!statement.name || !ts.isIdentifier(statement.name)) return [visited];
    return [visited, this.#publish(statement.name)];
  }

  #withoutExport<T extends TS.Statement>(node: T): T {
    const keep = (modifiers: TS.NodeArray<TS.ModifierLike> | undefined) =>
      modifiers?.filter(
        (m) => m.kind !== ts.SyntaxKind.ExportKeyword && m.kind !== ts.SyntaxKind.DefaultKeyword,
      );
    if (ts.isFunctionDeclaration(node)) {
      const { asteriskToken, name, typeParameters, parameters, type, body } = node;
      return f.updateFunctionDeclaration(
        node,
        keep(node.modifiers),
        asteriskToken,
        name,
        typeParameters,
        parameters,
        type,
        body,
      ) as TS.Node as T;
    }
    if (ts.isClassDeclaration(node)) {
      const { name, typeParameters, heritageClauses, members } = node;
      return f.updateClassDeclaration(
        node,
        keep(node.modifiers),
        name,
        typeParameters,
        heritageClauses,
        members,
      ) as TS.Node as T;
    }
    if (ts.isEnumDeclaration(node))
      return f.updateEnumDeclaration(
        node,
        this.#plain(keep(node.modifiers)),
        node.name,
        node.members,
      ) as TS.Node as T;
    if (ts.isModuleDeclaration(node))
      return f.updateModuleDeclaration(
        node,
        this.#plain(keep(node.modifiers)),
        node.name,
        node.body,
      ) as TS.Node as T;
    return node;
  }

  #plain(modifiers: TS.ModifierLike[] | undefined): TS.Modifier[] | undefined {
    return modifiers?.filter(ts.isModifier);
  }

  // ---- variables ----

  #variables(statement: TS.VariableStatement): TS.Statement[] {
    const list = statement.declarationList;
    if (isUsing(list)) {
      // Stays a real `using`, disposed at the end of the cell; later cells see the value.
      if (isAwaitUsing(list)) this.#noteAwait();
      const visited = this.#visit(statement) as TS.VariableStatement;
      const names = list.declarations.map((d) => d.name).filter(ts.isIdentifier);
      return [visited, ...names.map((name) => this.#publish(name))];
    }
    return this.#assignments(list).map((assignment) =>
      mapped(f.createExpressionStatement(assignment), assignment.pos >= 0 ? assignment : statement),
    );
  }

  #assignments(list: TS.VariableDeclarationList): TS.Expression[] {
    return list.declarations.flatMap((declaration) => {
      const { name, initializer } = declaration;
      // `var x;` leaves an x assigned earlier in the same cell alone.
      if (!initializer && isVar(list)) return [];
      const value = initializer ? this.#initializer(name, initializer) : f.createVoidZero();
      return [mapped(f.createAssignment(this.#target(name), value), declaration)];
    });
  }

  /** Functions and classes take their name from the variable they are assigned to; a property assignment would not give it. */
  #initializer(name: TS.BindingName, initializer: TS.Expression): TS.Expression {
    const value = this.#expression(initializer);
    return ts.isIdentifier(name) ? this.#named(name.text, initializer, value) : value;
  }

  #named(name: string, original: TS.Expression, value: TS.Expression): TS.Expression {
    const inner = unwrapped(original);
    const isAnonymous =
      ts.isArrowFunction(inner) ||
      ((ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) && !inner.name);
    if (!isAnonymous || name === "__proto__") return value;
    const holder = f.createObjectLiteralExpression([f.createPropertyAssignment(name, value)]);
    return f.createPropertyAccessExpression(holder, name);
  }

  /** A binding name as the target of an assignment: identifiers become properties of the scope. */
  #target(name: TS.BindingName): TS.Expression {
    if (ts.isIdentifier(name)) return mapped(this.#property(name), name);
    if (ts.isArrayBindingPattern(name)) {
      return f.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (ts.isOmittedExpression(element)) return element;
          const target = this.#withDefault(element);
          return element.dotDotDotToken ? f.createSpreadElement(target) : target;
        }),
      );
    }
    return f.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return f.createSpreadAssignment(this.#target(element.name));
        const key = element.propertyName ?? f.createIdentifier((element.name as TS.Identifier).text);
        const visited = ts.isComputedPropertyName(key)
          ? f.createComputedPropertyName(this.#expression(key.expression))
          : key;
        return f.createPropertyAssignment(visited, this.#withDefault(element));
      }),
    );
  }

  #withDefault(element: TS.BindingElement): TS.Expression {
    const target = this.#target(element.name);
    return element.initializer
      ? f.createAssignment(target, this.#initializer(element.name, element.initializer))
      : target;
  }

  #property(name: TS.Identifier): TS.PropertyAccessExpression {
    return f.createPropertyAccessExpression(f.createIdentifier(this.#facts.scope), name.text);
  }

  #runtime(member: string): TS.PropertyAccessExpression {
    return f.createPropertyAccessExpression(f.createIdentifier(this.#facts.runtime), member);
  }

  // ---- modules ----

  #load(specifier: TS.Expression): { name: string; statement: TS.Statement } {
    const text = (specifier as TS.StringLiteral).text;
    this.#facts.imports.push({ specifier: text, position: specifier.getStart(this.#source) });
    const name = `__module${this.#modules++}`;
    const loaded = call(this.#runtime("module"), f.createStringLiteral(text));
    const declaration = f.createVariableDeclaration(name, undefined, undefined, loaded);
    const list = f.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
    return { name, statement: mapped(f.createVariableStatement(undefined, list), specifier) };
  }

  #import(statement: TS.ImportDeclaration): TS.Statement[] {
    const clause = statement.importClause;
    if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
    const picks: [TS.Identifier, string][] = [];
    if (clause?.name && this.#isValue(clause.name)) picks.push([clause.name, "default"]);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) picks.push([bindings.name, "*"]);
    else if (bindings)
      for (const element of bindings.elements)
        if (!element.isTypeOnly && this.#isValue(element.name))
          picks.push([element.name, (element.propertyName ?? element.name).text]);
    // All names are types: nothing to load (unless nothing was named: an import for its effects).
    if (clause && picks.length === 0) return [];
    const { name, statement: load } = this.#load(statement.moduleSpecifier);
    const assigned = picks.map(([local, exported]) =>
      f.createExpressionStatement(
        call(
          this.#runtime("bind"),
          f.createStringLiteral(local.text),
          f.createIdentifier(name),
          f.createStringLiteral(exported),
        ),
      ),
    );
    return [load, ...assigned];
  }

  #importEquals(statement: TS.ImportEqualsDeclaration): TS.Statement[] {
    if (statement.isTypeOnly || !this.#isValue(statement.name)) return [];
    const reference = statement.moduleReference;
    if (ts.isExternalModuleReference(reference)) {
      const { name, statement: load } = this.#load(reference.expression);
      const value = call(this.#runtime("pick"), f.createIdentifier(name), f.createStringLiteral("="));
      return [load, f.createExpressionStatement(f.createAssignment(this.#property(statement.name), value))];
    }
    const entity = (name: TS.EntityName): TS.Expression =>
      ts.isIdentifier(name)
        ? this.#expression(name)
        : f.createPropertyAccessExpression(entity(name.left), name.right.text);
    return [
      f.createExpressionStatement(f.createAssignment(this.#property(statement.name), entity(reference))),
    ];
  }

  /** `export … from "x"` in a cell has no one to export to, but the module's effects are wanted. */
  #exportFrom(statement: TS.ExportDeclaration): TS.Statement[] {
    return statement.moduleSpecifier && !statement.isTypeOnly
      ? [this.#load(statement.moduleSpecifier).statement]
      : [];
  }

  /** Whether an imported name exists at run time. Unresolved names are kept: the load will tell. */
  #isValue(name: TS.Identifier): boolean {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol) return true;
    const target =
      (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? this.#checker.getAliasedSymbol(symbol) : symbol;
    if (target.escapedName === "unknown") return true;
    return (target.flags & ts.SymbolFlags.Value) !== 0;
  }

  // ---- references ----

  #expression(node: TS.Expression): TS.Expression {
    return this.#visit(node) as TS.Expression;
  }

  readonly #visit = (node: TS.Node): TS.Node => {
    if (ts.isIdentifier(node)) {
      // The name of a declaration or of an object's property is no reference.
      if ((node.parent as { name?: TS.Node }).name === node) return node;
      return this.#isShared(node) ? mapped(this.#property(node), node) : node;
    }
    if (ts.isExpressionWithTypeArguments(node)) {
      const implemented =
        ts.isHeritageClause(node.parent) && node.parent.token === ts.SyntaxKind.ImplementsKeyword;
      return implemented
        ? node
        : f.updateExpressionWithTypeArguments(node, this.#expression(node.expression), node.typeArguments);
    }
    if (ts.isTypeNode(node) || ts.isTypeParameterDeclaration(node)) return node;
    if (ts.isPropertyAccessExpression(node)) return this.#propertyAccess(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isTaggedTemplateExpression(node)) {
      const tag = this.#callee(node.tag);
      const template = this.#visit(node.template) as TS.TemplateLiteral;
      return mapped(f.updateTaggedTemplateExpression(node, tag, node.typeArguments, template), node);
    }
    if (
      ts.isBinaryExpression(node) &&
      ts.isIdentifier(node.left) &&
      isNamingAssignment(node) &&
      this.#isShared(node.left)
    ) {
      const right = this.#named(node.left.text, node.right, this.#expression(node.right));
      return f.updateBinaryExpression(node, this.#expression(node.left), node.operatorToken, right);
    }
    if (ts.isAwaitExpression(node)) {
      this.#noteAwait();
      return mapped(
        f.updateAwaitExpression(node, call(this.#runtime("wait"), this.#expression(node.expression))),
        node,
      );
    }
    if (ts.isForOfStatement(node)) return this.#forOf(node);
    if (ts.isForInStatement(node)) {
      const { initializer, expression, statement } = node;
      return f.updateForInStatement(
        node,
        this.#loopTarget(initializer),
        this.#expression(expression),
        this.#visit(statement) as TS.Statement,
      );
    }
    if (ts.isForStatement(node) && node.initializer && ts.isVariableDeclarationList(node.initializer)) {
      if (this.#isSharedList(node.initializer)) {
        const [first, ...rest] = this.#assignments(node.initializer);
        const initializer = first && rest.reduce((left, right) => f.createComma(left, right), first);
        const visited = ts.visitEachChild(node, this.#visit, this.#context);
        return f.updateForStatement(
          visited,
          initializer,
          visited.condition,
          visited.incrementor,
          visited.statement,
        );
      }
    }
    if (ts.isVariableStatement(node) && this.#isSharedList(node.declarationList)) {
      const assignments = this.#assignments(node.declarationList);
      if (assignments.length === 0) return f.createEmptyStatement();
      const joined = assignments.reduce((left, right) => f.createComma(left, right));
      return mapped(f.createExpressionStatement(joined), node);
    }
    if (ts.isVariableDeclarationList(node) && isAwaitUsing(node)) this.#noteAwait();
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return this.#runtime("meta");
    if (isFunctionScope(node)) {
      // A computed name is evaluated outside the function it names: an await there is the cell's.
      const { name } = node as TS.NamedDeclaration;
      if (name && ts.isComputedPropertyName(name)) this.#visit(name);
      this.#functionDepth++;
      const visited = ts.visitEachChild(node, this.#visit, this.#context);
      this.#functionDepth--;
      return visited;
    }
    return ts.visitEachChild(node, this.#visit, this.#context);
  };

  #noteAwait(): void {
    if (this.#functionDepth === 0) this.#facts.isAsync = true;
  }

  /** A `var` list outside functions, nested in a block or loop: its names are the notebook's. */
  #isSharedList(list: TS.VariableDeclarationList): boolean {
    return isVar(list) && this.#functionDepth === 0;
  }

  #loopTarget(initializer: TS.ForInitializer): TS.ForInitializer {
    if (ts.isVariableDeclarationList(initializer)) {
      const name = initializer.declarations[0]?.name;
      return name && this.#isSharedList(initializer)
        ? this.#target(name)
        : (this.#visit(initializer) as TS.ForInitializer);
    }
    return this.#expression(initializer);
  }

  #forOf(node: TS.ForOfStatement): TS.Node {
    let iterated = this.#expression(node.expression);
    if (node.awaitModifier) {
      this.#noteAwait();
      iterated = call(this.#runtime("iterate"), iterated);
    }
    return f.updateForOfStatement(
      node,
      node.awaitModifier,
      this.#loopTarget(node.initializer),
      iterated,
      this.#visit(node.statement) as TS.Statement,
    );
  }

  #propertyAccess(node: TS.PropertyAccessExpression): TS.Node {
    const expression = this.#expression(node.expression);
    return ts.isPropertyAccessChain(node)
      ? f.updatePropertyAccessChain(node, expression, node.questionDotToken, node.name)
      : f.updatePropertyAccessExpression(node, expression, node.name);
  }

  #shorthand(node: TS.ShorthandPropertyAssignment): TS.Node {
    const symbol = this.#checker.getShorthandAssignmentValueSymbol(node);
    const fallback = node.objectAssignmentInitializer && this.#expression(node.objectAssignmentInitializer);
    if (!symbol || !this.#isSharedSymbol(symbol))
      return f.updateShorthandPropertyAssignment(node, node.name, fallback);
    const property = mapped(this.#property(node.name), node.name);
    const value = fallback ? f.createAssignment(property, fallback) : property;
    return mapped(f.createPropertyAssignment(node.name.text, value), node);
  }

  #call(node: TS.CallExpression): TS.Node {
    const args = node.arguments.map((argument) => this.#expression(argument));
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword)
      return mapped(call(this.#runtime("import"), ...args), node);
    const callee = this.#callee(node.expression);
    return ts.isCallChain(node)
      ? f.updateCallChain(node, callee, node.questionDotToken, node.typeArguments, args)
      : f.updateCallExpression(node, callee, node.typeArguments, args);
  }

  /** `f()` → `(0, __scope.f)()`: a plain call has no `this`. */
  #callee(expression: TS.LeftHandSideExpression): TS.LeftHandSideExpression {
    const visited = this.#expression(expression) as TS.LeftHandSideExpression;
    const inner = unwrapped(expression);
    if (!ts.isIdentifier(inner) || !this.#isShared(inner)) return visited;
    return mapped(
      f.createParenthesizedExpression(f.createComma(f.createNumericLiteral(0), visited)),
      expression,
    );
  }

  #isShared(identifier: TS.Identifier): boolean {
    const symbol = this.#checker.getSymbolAtLocation(identifier);
    return symbol !== undefined && this.#isSharedSymbol(symbol);
  }

  #isSharedSymbol(symbol: TS.Symbol): boolean {
    if (symbol.declarations?.some((d) => this.#inside.has(d))) return false;
    let shared = this.#shared.get(symbol);
    if (shared === undefined) {
      shared =
        symbol.declarations?.some((d) => d.getSourceFile() === this.#source && isTopLevel(d, this.#length)) ??
        false;
      this.#shared.set(symbol, shared);
    }
    return shared;
  }
}
