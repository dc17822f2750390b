import ts from "typescript";

/** One name that an entry exports, and what stands behind it. */
export interface PublicName {
  name: string;
  symbol: ts.Symbol;
  /** Exported by `export type`: a class that is named, and never constructed. */
  typeOnly: boolean;
}

export function publicNames(checker: ts.TypeChecker, file: ts.SourceFile): PublicName[] {
  const module = checker.getSymbolAtLocation(file);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module).map((exported) => ({
    name: exported.name,
    symbol: behind(checker, exported),
    typeOnly: exported.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false,
  }));
}

/** What an import or export stands for in the end. */
export function behind(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Whether it comes with the language, the platform or a package, and is not ours to describe. */
export function isForeign(program: ts.Program, symbol: ts.Symbol): boolean {
  return (
    symbol.declarations?.every((declaration) => {
      const file = declaration.getSourceFile();
      return program.isSourceFileDefaultLibrary(file) || file.fileName.includes("/node_modules/");
    }) ?? true
  );
}

/** Whether a member is there for others: not private, not `@internal`, and not one that every object has. */
export function isPublicMember(program: ts.Program, member: ts.Symbol): boolean {
  const declarations = member.declarations ?? [];
  if (declarations.length > 0 && isForeign(program, member)) return false;
  if (member.getJsDocTags().some(({ name }) => name === "internal")) return false;
  return declarations.every((declaration) => {
    const name = ts.getNameOfDeclaration(declaration);
    const isPrivate = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private;
    return !isPrivate && !(name && ts.isPrivateIdentifier(name));
  });
}
