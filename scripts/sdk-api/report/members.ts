import ts from "typescript";
import { isPublicMember } from "./public-names.ts";
import type { TypeText } from "./type-text.ts";

/** A line for each member of an object type, a constant or a class. */
export class Members {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #text: TypeText;

  constructor(program: ts.Program, text: TypeText) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#text = text;
  }

  /** @param owner what stands before each: `Webhook.`, or `ServiceFlowError::` for what is static */
  of(owner: string, type: ts.Type): string[] {
    return [
      ...type.getCallSignatures().map((one) => `${owner}call${this.#text.ofSignature(one)}`),
      ...this.#checker
        .getIndexInfosOfType(type)
        .map(
          (info) => `${owner}[${this.#text.ofType(info.keyType)}]: ${this.#text.ofType(info.type)}`,
        ),
      ...this.#checker
        .getPropertiesOfType(type)
        .filter(
          (property) => isPublicMember(this.#program, property) && property.name !== "prototype",
        )
        .flatMap((property) => this.member(owner, property)),
    ];
  }

  constructorsOf(name: string, type: ts.Type): string[] {
    return type.getConstructSignatures().flatMap((signature) => {
      const { declaration } = signature;
      if (
        declaration &&
        ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "internal")
      )
        return [];
      return [`${name}.constructor${this.#text.ofSignature(signature)}`];
    });
  }

  member(owner: string, property: ts.Symbol): string[] {
    const declaration = property.declarations?.[0];
    const name = nameOf(property, declaration);
    const type = this.#checker.getTypeOfSymbol(property);
    const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
    if (property.flags & ts.SymbolFlags.Method) {
      const signatures = this.#checker.getNonNullableType(type).getCallSignatures();
      return signatures.map((one) => `${owner}${name}${optional}${this.#text.ofSignature(one)}`);
    }
    const readonly = isReadonly(property) ? "readonly " : "";
    return [`${owner}${readonly}${name}${optional}: ${this.#typeOf(property, type, declaration)}`];
  }

  /** As it was written where that is what it is: with the names that its author gave it. */
  #typeOf(property: ts.Symbol, type: ts.Type, declaration: ts.Declaration | undefined): string {
    const written =
      declaration && (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration))
        ? declaration.type
        : undefined;
    if (!written) return this.#text.ofType(type);
    const asWritten = this.#checker.getTypeFromTypeNode(written);
    const isSame = this.#defined(property, asWritten) === this.#defined(property, type);
    return isSame ? this.#text.ofNode(written) : this.#text.ofType(type);
  }

  #defined(property: ts.Symbol, type: ts.Type): string {
    const text = this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    return property.flags & ts.SymbolFlags.Optional ? text.replace(/ \| undefined$/, "") : text;
  }
}

function nameOf(property: ts.Symbol, declaration: ts.Declaration | undefined): string {
  const name = declaration && ts.getNameOfDeclaration(declaration);
  if (name && ts.isComputedPropertyName(name)) return `[${name.expression.getText()}]`;
  return /^[\w$]+$/.test(property.name) ? property.name : JSON.stringify(property.name);
}

function isReadonly(property: ts.Symbol): boolean {
  const { checkFlags = 0 } = (property as { links?: { checkFlags?: number } }).links ?? {};
  const declared = property.valueDeclaration
    ? ts.getCombinedModifierFlags(property.valueDeclaration) & ts.ModifierFlags.Readonly
    : 0;
  // A getter alone, and what `as const` and `Readonly` make of a member.
  const isGetter =
    property.flags & ts.SymbolFlags.GetAccessor && !(property.flags & ts.SymbolFlags.SetAccessor);
  return Boolean(declared || isGetter || checkFlags & 8);
}
