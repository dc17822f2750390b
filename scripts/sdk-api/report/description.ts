import ts from "typescript";
import type { Instance } from "./instances.ts";
import { Members } from "./members.ts";
import { isForeign, type PublicName } from "./public-names.ts";
import type { Role } from "./roles.ts";
import type { TypeText } from "./type-text.ts";

/** The lines of one export. */
interface Block {
  name: string;
  head: string[];
  lines: string[];
}

/** Says what an exported name is, and what its members are. */
export class Description {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #text: TypeText;
  readonly #members: Members;
  readonly #names: ReadonlyMap<ts.Symbol, string>;
  readonly #roles: ReadonlyMap<ts.Symbol, ReadonlySet<Role>>;

  constructor(
    program: ts.Program,
    text: TypeText,
    names: ReadonlyMap<ts.Symbol, string>,
    roles: ReadonlyMap<ts.Symbol, ReadonlySet<Role>>,
  ) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#text = text;
    this.#members = new Members(program, text);
    this.#names = names;
    this.#roles = roles;
  }

  of(exported: PublicName, instances: readonly Instance[] = []): Block {
    const { name, symbol } = exported;
    const { flags } = symbol;
    if (flags & ts.SymbolFlags.Class) return this.#class(exported);
    if (flags & ts.SymbolFlags.Function) {
      const signatures = this.#checker.getTypeOfSymbol(symbol).getCallSignatures();
      const head = signatures.map((one) => `function ${name}${this.#text.ofSignature(one)}`);
      return { name, head: head.sort(), lines: [] };
    }
    if (flags & ts.SymbolFlags.Interface) {
      const lines = this.#members.of(`${name}.`, this.#checker.getDeclaredTypeOfSymbol(symbol));
      const head = `interface ${name}${this.#parameters(symbol)}${this.#bases(symbol)}`;
      return { name, head: [head + this.#roleOf(symbol)], lines: lines.sort() };
    }
    if (flags & ts.SymbolFlags.TypeAlias) return this.#alias(exported, instances);
    return this.#constant(exported);
  }

  #class({ name, symbol, typeOnly }: PublicName): Block {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const made = this.#checker.getTypeOfSymbol(symbol);
    const lines = this.#members.of(`${name}.`, type);
    if (!typeOnly) {
      lines.push(...this.#members.constructorsOf(name, made));
      lines.push(...this.#members.of(`${name}::`, made));
    }
    const kind = typeOnly ? "type-only class" : "class";
    const head = `${kind} ${name}${this.#parameters(symbol)}${this.#bases(symbol)}`;
    return { name, head: [head], lines: lines.sort() };
  }

  #alias({ name, symbol }: PublicName, instances: readonly Instance[]): Block {
    const declaration = symbol.declarations?.find(ts.isTypeAliasDeclaration);
    const lines = () => {
      if (instances.length > 0) {
        return instances.flatMap((one) => this.#aliased(one.name, one.type, symbol));
      }
      if (declaration && (declaration.typeParameters || ts.isTypeReferenceNode(declaration.type))) {
        return [`${name} = ${this.#text.ofNode(declaration.type)}`];
      }
      return this.#aliased(name, this.#checker.getDeclaredTypeOfSymbol(symbol), symbol);
    };
    const head = `type ${name}${this.#parameters(symbol)}${this.#roleOf(symbol)}`;
    return { name, head: [head], lines: lines().sort() };
  }

  /** A line for each member of a union or an object; otherwise one for all of it. */
  #aliased(name: string, type: ts.Type, alias: ts.Symbol): string[] {
    const { aliasSymbol } = type;
    if (aliasSymbol && aliasSymbol !== alias && this.#names.has(aliasSymbol)) {
      return [`${name} = ${this.#text.ofType(type)}`];
    }
    if (type.isUnion()) {
      const { origin } = type as { origin?: ts.UnionOrIntersectionType };
      const parts = origin?.isUnion() ? origin.types : type.types;
      return parts.map((part) => `${name} | ${this.#text.ofType(part)}`);
    }
    const isObject = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection);
    if (isObject && type.getCallSignatures().length === 0 && !this.#checker.isArrayLikeType(type)) {
      return this.#members.of(`${name}.`, type);
    }
    return [`${name} = ${this.#text.ofType(type, true)}`];
  }

  /** What a constant lists is told one by one, so that a further one is a further line. */
  /** What a constant lists is told one by one, so that a further one is a further line. */
  #constant({ name, symbol }: PublicName): Block {
    const type = this.#checker.getTypeOfSymbol(symbol);
    const listed = this.#listed(name, type);
    if (listed) return { name, head: [`const ${name}: list`], lines: listed };
    const isTable = type.flags & ts.TypeFlags.Object && type.getCallSignatures().length === 0;
    if (!isTable) {
      const widened = this.#checker.getBaseTypeOfLiteralType(type);
      return { name, head: [`const ${name}: ${this.#text.ofType(widened)}`], lines: [] };
    }
    const lines = this.#checker.getPropertiesOfType(type).flatMap((property) => {
      const row = `${name}.${property.name}`;
      const each = this.#listed(row, this.#checker.getTypeOfSymbol(property));
      return each ? [`${row}: list`, ...each] : this.#members.member(`${name}.`, property);
    });
    return { name, head: [`const ${name}`], lines: lines.sort() };
  }

  /** The lines of a list of literals; nothing for anything else. */
  #listed(name: string, type: ts.Type): string[] | undefined {
    if (!this.#checker.isTupleType(type)) return undefined;
    const elements = this.#checker
      .getTypeArguments(type as ts.TypeReference)
      .flatMap((element) => (element.isUnion() ? element.types : [element]));
    return [...new Set(elements.map((one) => `${name} has ${this.#text.ofType(one)}`))].sort();
  }

  #parameters(symbol: ts.Symbol): string {
    const declaration = symbol.declarations?.find(
      (one) =>
        ts.isInterfaceDeclaration(one) ||
        ts.isClassDeclaration(one) ||
        ts.isTypeAliasDeclaration(one),
    );
    const parameters = declaration?.typeParameters ?? [];
    if (parameters.length === 0) return "";
    return `<${parameters.map((one) => this.#text.ofNode(one)).join(", ")}>`;
  }

  /** What it extends of the platform; what it extends of ours is among its members. */
  #bases(symbol: ts.Symbol): string {
    const clauses = (symbol.declarations ?? []).flatMap((declaration) =>
      ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)
        ? (declaration.heritageClauses ?? [])
        : [],
    );
    const bases = clauses
      .flatMap((clause) => clause.types)
      .filter(({ expression }) => {
        const base =
          this.#checker.getTypeAtLocation(expression).getSymbol() ??
          this.#checker.getSymbolAtLocation(expression);
        return base !== undefined && isForeign(this.#program, base) && base.name !== "__type";
      })
      .map((base) => this.#text.ofNode(base));
    return bases.length > 0 ? ` extends ${bases.sort().join(", ")}` : "";
  }

  #roleOf(symbol: ts.Symbol): string {
    const roles = [...(this.#roles.get(symbol) ?? [])].sort();
    return roles.length > 0 ? ` [${roles.join(", ")}]` : "";
  }
}
