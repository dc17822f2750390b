import ts from "typescript";
import { behind, isForeign } from "./public-names.ts";

const FLAGS = ts.NodeBuilderFlags.NoTruncation;
/** Where a type is built, the text of its parts comes from themselves. */
const NOWHERE = ts.createSourceFile("nowhere.ts", "", ts.ScriptTarget.Latest);

/** Writes types on one line, the same for the same meaning: unions sorted, no comments, public names alone. */
export class TypeText {
  /** Names that a reader of the declarations meets and cannot import. */
  readonly forgotten = new Set<string>();
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #names: ReadonlyMap<ts.Symbol, string>;
  readonly #printer = ts.createPrinter({ removeComments: true });

  constructor(program: ts.Program, names: ReadonlyMap<ts.Symbol, string>) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#names = names;
  }

  /** A type as it is declared. */
  ofNode(node: ts.Node): string {
    const { transformed } = ts.transform(node, [this.#normalize]);
    const whole = transformed[0] as ts.Node;
    const inner = ts.isParenthesizedTypeNode(whole) ? whole.type : whole;
    return this.#print(inner, node.getSourceFile() ?? NOWHERE);
  }

  /** A type that is declared nowhere. With `expanded`, what its own name stands for. */
  ofType(type: ts.Type, expanded = false): string {
    return this.ofNode(this.#nodeOf(type, expanded));
  }

  /** What a declared or inferred signature takes and gives, without its name. */
  ofSignature(signature: ts.Signature): string {
    // One with a type in the place of its parameter is not as it was declared.
    const isInstance = (signature as { target?: ts.Signature }).target !== undefined;
    const declared = isInstance ? undefined : signature.declaration;
    const generic = declared?.typeParameters ?? [];
    if (!declared || ts.isJSDocSignature(declared)) {
      const node = this.#checker.signatureToSignatureDeclaration(
        signature,
        ts.SyntaxKind.CallSignature,
        undefined,
        FLAGS,
      );
      return node ? this.ofNode(node).replace(/;$/, "") : "";
    }
    const of = generic.length > 0 ? `<${generic.map((one) => this.ofNode(one)).join(", ")}>` : "";
    const parameters = declared.parameters.map((one, index) => this.#parameter(one, index));
    const result = declared.type
      ? this.ofNode(declared.type)
      : this.ofType(signature.getReturnType());
    const answers = ts.isConstructorDeclaration(declared) ? "" : `: ${result}`;
    return `${of}(${parameters.join(", ")})${answers}`;
  }

  #parameter(parameter: ts.ParameterDeclaration, index: number): string {
    // What it is taken apart into is nobody's business.
    const name = ts.isIdentifier(parameter.name) ? parameter.name.text : `arg${index + 1}`;
    const optional = this.#checker.isOptionalParameter(parameter) ? "?" : "";
    const type = parameter.type
      ? this.ofNode(parameter.type)
      : this.ofType(this.#checker.getTypeAtLocation(parameter));
    return `${parameter.dotDotDotToken ? "..." : ""}${name}${optional}: ${type}`;
  }

  #nodeOf(type: ts.Type, expanded: boolean): ts.TypeNode {
    const flags = expanded ? FLAGS | ts.NodeBuilderFlags.InTypeAlias : FLAGS;
    const node = this.#checker.typeToTypeNode(type, undefined, flags);
    if (node === undefined) throw new Error(`No text for ${this.#checker.typeToString(type)}`);
    return node;
  }

  readonly #normalize = (context: ts.TransformationContext) => (root: ts.Node) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isStringLiteral(node)) return ts.factory.createStringLiteral(node.text);
      if (ts.isTypeReferenceNode(node) || ts.isTypeQueryNode(node)) {
        const inlined = this.#inlined(node);
        if (inlined) return visit(inlined);
      }
      if (ts.isIdentifier(node)) return ts.factory.createIdentifier(this.#nameAt(node));
      const visited = ts.visitEachChild(node, visit, context);
      if (ts.isUnionTypeNode(visited)) {
        return ts.factory.createUnionTypeNode(this.#sorted(visited.types));
      }
      if (ts.isTypeLiteralNode(visited)) {
        return ts.factory.createTypeLiteralNode(this.#sorted(visited.members));
      }
      return visited;
    };
    return visit(root);
  };

  /** The same order whoever wrote it, with what stands for nothing at the end. */
  #sorted<Part extends ts.Node>(parts: readonly Part[]): Part[] {
    return parts
      .map((part) => ({ part, text: this.#print(part, NOWHERE) }))
      .sort((a, b) => rank(a.text) - rank(b.text) || (a.text < b.text ? -1 : 1))
      .map(({ part }) => part);
  }

  #print(node: ts.Node, file: ts.SourceFile): string {
    return this.#printer
      .printNode(ts.EmitHint.Unspecified, node, file)
      .replace(/\s+/g, " ")
      .replace(/,( ?[)>\]}])/g, "$1");
  }

  /** The name that a reader knows it by. */
  #nameAt(identifier: ts.Identifier): string {
    const symbol = this.#symbolAt(identifier);
    return (symbol && this.#names.get(symbol)) ?? identifier.text;
  }

  /** What stands in the place of a name that is not exported; nothing for one that is, or that there is no way around. */
  #inlined(node: ts.TypeReferenceNode | ts.TypeQueryNode): ts.TypeNode | undefined {
    const name = ts.isTypeReferenceNode(node) ? node.typeName : node.exprName;
    const symbol = this.#symbolAt(name);
    if (!symbol || this.#names.has(symbol) || isForeign(this.#program, symbol)) return undefined;
    if (symbol.flags & ts.SymbolFlags.TypeParameter) return undefined;
    const type = this.#aliased(node, symbol);
    if (type) {
      const expanded = this.#nodeOf(type, true);
      return ts.isUnionTypeNode(expanded) || ts.isFunctionTypeNode(expanded)
        ? ts.factory.createParenthesizedType(expanded)
        : expanded;
    }
    this.forgotten.add(symbol.name);
    return undefined;
  }

  /** What an alias stands for here; nothing when that depends on a type parameter. */
  #aliased(node: ts.TypeReferenceNode | ts.TypeQueryNode, symbol: ts.Symbol): ts.Type | undefined {
    if (!(symbol.flags & ts.SymbolFlags.TypeAlias)) return undefined;
    if (node.parent) {
      return this.#isGeneric(node) ? undefined : this.#checker.getTypeFromTypeNode(node);
    }
    return node.typeArguments ? undefined : this.#checker.getDeclaredTypeOfSymbol(symbol);
  }

  /** Whether it depends on a type parameter around it. */
  #isGeneric(node: ts.Node): boolean {
    if (ts.isIdentifier(node)) {
      const symbol = this.#checker.getSymbolAtLocation(node);
      return symbol !== undefined && (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
    }
    return ts.forEachChild(node, (child) => this.#isGeneric(child) || undefined) ?? false;
  }

  #symbolAt(name: ts.EntityName): ts.Symbol | undefined {
    // A node that the compiler made has its symbol on it; one that was read is looked up.
    const made = (name as { symbol?: ts.Symbol }).symbol;
    const symbol = made ?? (name.parent ? this.#checker.getSymbolAtLocation(name) : undefined);
    return symbol && behind(this.#checker, symbol);
  }
}

function rank(text: string): number {
  return ["null", "undefined"].indexOf(text);
}
