import ts from "typescript";
import { behind, isForeign, isPublicMember, type PublicName } from "./public-names.ts";

/** Who makes a value of it: `in` is given to the SDK, `out` is what the SDK gives. */
export type Role = "in" | "out";

/**
 * Follows everything that can be called from what is exported, and notes on which side of the call each named type
 * stands. What a callback is given comes out, and what it answers goes in.
 */
export function rolesOf(
  program: ts.Program,
  names: readonly PublicName[],
): ReadonlyMap<ts.Symbol, ReadonlySet<Role>> {
  const checker = program.getTypeChecker();
  const roles = new Map<ts.Symbol, Set<Role>>();
  const seen = { in: new Set<ts.Type>(), out: new Set<ts.Type>() };

  function note(symbol: ts.Symbol | undefined, role: Role): void {
    if (!symbol) return;
    const known = roles.get(behind(checker, symbol)) ?? new Set();
    roles.set(behind(checker, symbol), known.add(role));
  }

  function walk(type: ts.Type, side: Role): void {
    // An object of one of our classes comes from the SDK, also where it is handed back.
    const isOurs = type.isClass() && !isForeign(program, type.symbol);
    const role = isOurs ? "out" : side;
    note(type.aliasSymbol, role);
    if (seen[role].has(type)) return;
    seen[role].add(type);
    // `Partial<Options>` has the members of Options, and is another type.
    if (type.aliasSymbol && isForeign(program, type.aliasSymbol)) {
      for (const argument of type.aliasTypeArguments ?? []) walk(argument, role);
    }
    noteOrigin(type, role);
    if (type.isUnionOrIntersection()) {
      for (const part of type.types) walk(part, role);
      if (type.isUnion()) return;
    }
    if (type.flags & ts.TypeFlags.TypeParameter) {
      const constraint = type.getConstraint();
      if (constraint) walk(constraint, role);
      return;
    }
    if (type.flags & ts.TypeFlags.Conditional || type.flags & ts.TypeFlags.IndexedAccess) {
      const constraint = checker.getBaseConstraintOfType(type);
      if (constraint && constraint !== type) walk(constraint, role);
      return;
    }
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return;
    note(type.getSymbol(), role);
    if (isOpaque(type)) {
      for (const argument of checker.getTypeArguments(type as ts.TypeReference))
        walk(argument, role);
      return;
    }
    if (type.isClassOrInterface()) {
      for (const base of checker.getBaseTypes(type)) walk(base, role);
    }
    members(type, role);
  }

  /** A union of aliases is one of their members to the compiler; what it was written as is kept beside. */
  function noteOrigin(type: ts.Type, role: Role): void {
    const { origin } = type as { origin?: ts.UnionOrIntersectionType };
    for (const part of origin?.types ?? []) note(part.aliasSymbol, role);
  }

  function isOpaque(type: ts.Type): boolean {
    const symbol = type.getSymbol();
    const isNamed = ts.SymbolFlags.Interface | ts.SymbolFlags.Class;
    return symbol !== undefined && (symbol.flags & isNamed) !== 0 && isForeign(program, symbol);
  }

  function members(type: ts.Type, role: Role): void {
    for (const signature of type.getCallSignatures()) call(signature, role);
    for (const signature of type.getConstructSignatures()) call(signature, role);
    for (const info of checker.getIndexInfosOfType(type)) walk(info.type, role);
    for (const property of checker.getPropertiesOfType(type)) {
      if (!isPublicMember(program, property)) continue;
      const member = checker.getTypeOfSymbol(property);
      const isMethod = (property.flags & ts.SymbolFlags.Method) !== 0;
      // A function that is handed out as a value, such as an option of a query, is for a library to call, and is given
      // what came from the SDK before.
      if (role === "out" && !isMethod && member.getCallSignatures().length > 0) {
        for (const signature of member.getCallSignatures()) walk(signature.getReturnType(), role);
      } else {
        walk(member, role);
      }
    }
  }

  function call(signature: ts.Signature, role: Role): void {
    const given = role === "out" ? "in" : "out";
    for (const parameter of signature.getParameters()) {
      walk(checker.getTypeOfSymbol(parameter), given);
    }
    walk(signature.getReturnType(), role);
    const predicate = checker.getTypePredicateOfSignature(signature);
    if (predicate?.type) walk(predicate.type, role);
  }

  for (const { symbol, typeOnly } of names) {
    // Only what can be called or read gives or takes anything; a type alone waits for a use.
    if (typeOnly || !(symbol.flags & ts.SymbolFlags.Value)) continue;
    walk(checker.getTypeOfSymbol(symbol), "out");
    if (symbol.flags & ts.SymbolFlags.Class) walk(checker.getDeclaredTypeOfSymbol(symbol), "out");
  }
  return roles;
}
