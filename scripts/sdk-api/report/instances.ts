import ts from "typescript";
import { type Entry, SDK } from "../entries.ts";
import { PROBE, sdkProgram } from "../program.ts";
import { behind, type PublicName } from "./public-names.ts";

const MOST_INSTANCES = 64;

/** A generic type with one choice of what its parameters can be. */
export interface Instance {
  /** `EventOf<"request.created">`. */
  name: string;
  type: ts.Type;
}

/**
 * A type whose parameters are of few literals is told by its instances: how it is computed can change, and what comes out
 * of it is what a program is compiled against. The compiler gives them for a file that asks for each.
 */
export function withInstances(
  entries: readonly Entry[],
  program: ts.Program,
  exportsOf: (program: ts.Program, entry: Entry) => PublicName[],
): { program: ts.Program; instances: ReadonlyMap<string, Instance[]> } {
  const checker = program.getTypeChecker();
  const asked = entries.flatMap((entry, at) =>
    exportsOf(program, entry).flatMap(({ name, symbol }) =>
      choices(checker, symbol).map((args) => ({ entry, at, alias: name, args })),
    ),
  );
  if (asked.length === 0) return { program, instances: new Map() };
  const imports = entries.map(
    ({ file }, at) =>
      `import type * as e${at} from "./${file.slice(SDK.length + "/src/".length)}";`,
  );
  const lines = asked.map(({ at, alias, args }, index) => {
    return `export type P${index} = e${at}.${alias}<${args.join(", ")}>;`;
  });
  const probed = sdkProgram(entries, [...imports, ...lines].join("\n"), program);
  const file = probed.getSourceFile(PROBE);
  const again = probed.getTypeChecker();
  const module = file && again.getSymbolAtLocation(file);
  const types = new Map(
    (module ? again.getExportsOfModule(module) : []).map((symbol) => [
      symbol.name,
      again.getDeclaredTypeOfSymbol(behind(again, symbol)),
    ]),
  );
  const instances = new Map<string, Instance[]>();
  for (const [index, { entry, alias, args }] of asked.entries()) {
    const type = types.get(`P${index}`);
    if (type === undefined) throw new Error(`The compiler does not answer what ${alias} is.`);
    const key = instanceKey(entry, alias);
    const known = instances.get(key) ?? [];
    instances.set(key, [...known, { name: `${alias}<${args.join(", ")}>`, type }]);
  }
  return { program: probed, instances };
}

export function instanceKey(entry: Entry, name: string): string {
  return `${entry.name} ${name}`;
}

/** Every choice of arguments; none when one of them can be anything, or there are too many. */
function choices(checker: ts.TypeChecker, symbol: ts.Symbol): string[][] {
  const declaration = symbol.declarations?.find(ts.isTypeAliasDeclaration);
  const parameters = declaration?.typeParameters ?? [];
  if (parameters.length === 0) return [];
  let all: string[][] = [[]];
  for (const { constraint } of parameters) {
    const literals = constraint ? literalsOf(checker.getTypeFromTypeNode(constraint)) : [];
    all = all.flatMap((args) => literals.map((literal) => [...args, literal]));
  }
  return all.length <= MOST_INSTANCES ? all : [];
}

function literalsOf(type: ts.Type): string[] {
  const parts = type.isUnion() ? type.types : [type];
  const literals = parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
  return literals.length === parts.length ? literals.sort().map((one) => JSON.stringify(one)) : [];
}
