import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Contract, type Field, objectOf, type Schema } from "../contract/schema.ts";
import { SDK } from "./entries.ts";

const { SymbolFlags, TypeFlags } = ts;
const OBJECTS = SymbolFlags.Class | SymbolFlags.Interface;
/** `declare`, which reports leave out. */
const IS_MISSING = 1046;

/** What an API report says of the SDK's types, and which of them users meet and cannot import. */
export type SdkContract = Contract & Readonly<{ forgotten: ReadonlySet<string> }>;

/** The declarations in an API report. */
export function declarationsOf(report: string): string {
  const code = /^```ts\n(.*?)^```/ms.exec(report)?.[1];
  if (code === undefined) throw new Error("This is not an API report.");
  // The namespaces are the further entries.
  return `${code.replace(/^declare namespace /gm, "export declare namespace ")}export {};\n`;
}

/** Reads API reports with the compiler: types count, however they are written. */
export function readReports(...reports: readonly string[]): SdkContract[] {
  // Below the SDK, so that what it imports resolves.
  const parent = join(SDK, "dist-types");
  mkdirSync(parent, { recursive: true });
  using folder = mkdtempDisposableSync(join(parent, "reports-"));
  const files = reports.map((_, at) => join(folder.path, `${at}.d.ts`));
  for (const [at, report] of reports.entries())
    writeFileSync(files[at] ?? "", declarationsOf(report));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
    strict: true,
    types: [],
  });
  const sources = program.getSourceFiles().filter(({ fileName }) => files.includes(fileName));
  const faults = sources.flatMap((source) => ts.getPreEmitDiagnostics(program, source));
  const fault = faults.find(({ code }) => code !== IS_MISSING);
  if (fault) throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
  return sources.map((source) => readSource(program.getTypeChecker(), source));
}

function readSource(checker: ts.TypeChecker, source: ts.SourceFile): SdkContract {
  const exports: [name: string, symbol: ts.Symbol][] = [];
  const forgotten = new Set<string>();
  /** By name, so that types may contain themselves. */
  const named = new Map<string, Schema>();
  const isOurs = ({ declarations = [] }: ts.Symbol) =>
    declarations.some((one) => one.getSourceFile() === source);

  const schemaOfSymbol = (symbol: ts.Symbol) => schemaOf(checker.getTypeOfSymbol(symbol));

  function collect(module: ts.Symbol | undefined, prefix: string): void {
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const isAlias = exported.flags & SymbolFlags.Alias;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      if (symbol.flags & SymbolFlags.Module) collect(symbol, `${prefix}${exported.name}.`);
      else exports.push([prefix + exported.name, symbol]);
    }
  }

  function schemaOf(type: ts.Type): Schema {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const isNamed = symbol && symbol.flags & (OBJECTS | SymbolFlags.TypeAlias) && isOurs(symbol);
    // A class itself has the symbol of its instances.
    const isClass = !type.aliasSymbol && type.getConstructSignatures().length > 0;
    if (!isNamed || isClass) return structureOf(type);
    const known = exports.find(([, one]) => one === symbol)?.[0];
    if (!known && symbol.flags & OBJECTS) forgotten.add(symbol.name);
    const text = checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    const $ref = text.replace(/^[\w$]+/, known ?? symbol.name);
    if (!named.has($ref)) named.set($ref, {}).set($ref, structureOf(type));
    return { $ref };
  }

  function structureOf(type: ts.Type): Schema {
    const { flags } = type;
    if (flags & TypeFlags.BooleanLike) return { type: "boolean" };
    if (type.isUnion()) return unionOf(type.types);
    if (type.isStringLiteral()) return { type: "string", const: type.value };
    const text =
      type.isIntersection() && type.types.find((one) => one.flags & TypeFlags.StringLike);
    if (text) return structureOf(text);
    if (flags & TypeFlags.StringLike) return { type: "string" };
    if (flags & TypeFlags.NumberLike) return { type: "number" };
    if (flags & TypeFlags.Null) return { type: "null" };
    if (flags & TypeFlags.VoidLike) return { type: "undefined" };
    if (flags & TypeFlags.Instantiable) {
      const constraint = checker.getBaseConstraintOfType(type);
      return constraint && constraint !== type ? schemaOf(constraint) : {};
    }
    if (!(flags & (TypeFlags.Object | TypeFlags.Intersection))) return {};
    const parts = () => checker.getTypeArguments(type as ts.TypeReference);
    if (checker.isArrayLikeType(type)) {
      const elements = parts().flatMap((one) => (one.isUnion() ? one.types : [one]));
      return { type: "array", items: unionOf(elements) };
    }
    const isPlatform = type.symbol && type.symbol.flags & OBJECTS && !isOurs(type.symbol);
    if (!isPlatform) return objectSchemaOf(type);
    const made = parts().map((part, at): Field => [`<${at + 1}>`, schemaOf(part)]);
    return { ...objectOf(made), type: type.symbol.name };
  }

  /** String literals become one list of values. */
  function unionOf(types: readonly ts.Type[]): Schema {
    const values = types.flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
    const list = values.length > 0 ? [{ type: "string", enum: [...new Set(values)] }] : [];
    const others = types.filter((one) => !one.isStringLiteral()).map(schemaOf);
    const all = new Map([...others, ...list].map((one) => [JSON.stringify(one), one]));
    return all.size > 1 ? { anyOf: [...all.values()] } : ([...all.values()][0] ?? {});
  }

  function objectSchemaOf(type: ts.Type): Schema {
    const members = checker.getPropertiesOfType(type).filter((member) => {
      const isInherited = member.declarations && !isOurs(member);
      return !isInherited && !(member.flags & SymbolFlags.Prototype);
    });
    const declared = (type as ts.TypeReference).target ?? type;
    const bases = declared.isClassOrInterface() ? checker.getBaseTypes(declared) : [];
    const platform = bases.filter(({ symbol }) => symbol.flags & OBJECTS && !isOurs(symbol));
    const [call, ...overloads] = type.getCallSignatures().map(functionOf);
    const constructors = type.getConstructSignatures().map(functionOf);
    const [index] = checker.getIndexInfosOfType(type);
    const object = objectOf([
      ...members.map(memberOf),
      ...platform.map(({ symbol: { name } }): Field => [`extends ${name}`, { type: name }]),
      ...overloads.map((one, at): Field => [`overload ${at + 2}`, one]),
      ...constructors.map((one, at): Field => [`constructor ${at + 1}`, one]),
    ]);
    const further = index && { additionalProperties: schemaOf(index.type) };
    return { ...object, ...(declared.isClass() && { type: "class" }), ...further, ...call };
  }

  function memberOf(member: ts.Symbol): Field {
    // A function that is handed out as a value is for a library to call, with what came from the SDK.
    const isValue = !(member.flags & SymbolFlags.Method);
    const mark = (one: Schema) => (one.type === "function" ? { ...one, isValue } : one);
    const schema = schemaOfSymbol(member);
    const { anyOf } = schema;
    const marked = Array.isArray(anyOf) ? { ...schema, anyOf: anyOf.map(mark) } : mark(schema);
    return [member.name, marked, member.flags & SymbolFlags.Optional];
  }

  function functionOf(signature: ts.Signature): Schema {
    const parameters = signature.getParameters().map((parameter, at): Field => {
      const declared = parameter.valueDeclaration as ts.ParameterDeclaration;
      const isOptional = checker.isOptionalParameter(declared) || declared.dotDotDotToken;
      return [`parameter ${at + 1}`, schemaOfSymbol(parameter), isOptional];
    });
    const narrowed = checker.getTypePredicateOfSignature(signature)?.type;
    const returns = narrowed
      ? objectOf([["type predicate", schemaOf(narrowed)]])
      : schemaOf(signature.getReturnType());
    return { type: "function", parameters: objectOf(parameters), returns };
  }

  collect(checker.getSymbolAtLocation(source), "");
  const provides: Field[] = [];
  const types: Record<string, Schema> = {};
  for (const [name, symbol] of exports) {
    if (symbol.flags & SymbolFlags.Value) provides.push([name, schemaOfSymbol(symbol)]);
    if (!(symbol.flags & SymbolFlags.Type)) continue;
    // A program that names a generic type writes its arguments.
    const generics = (symbol.declarations ?? []).flatMap((one) =>
      ts.getEffectiveTypeParameterDeclarations(one as ts.TypeAliasDeclaration),
    );
    const required = generics.filter((one) => !one.default).length;
    types[name] = { ...schemaOf(checker.getDeclaredTypeOfSymbol(symbol)), arguments: required };
  }
  const resolve = (schema: Schema): Schema =>
    typeof schema.$ref === "string" ? resolve(named.get(schema.$ref) ?? {}) : schema;
  return { provides: objectOf(provides), types, resolve, forgotten };
}
