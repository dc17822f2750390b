import type ts from "typescript";
import { type Entry, sdkEntries } from "../entries.ts";
import { sdkProgram } from "../program.ts";
import { Description } from "./description.ts";
import { instanceKey, withInstances } from "./instances.ts";
import { type PublicName, publicNames } from "./public-names.ts";
import { rolesOf } from "./roles.ts";
import { TypeText } from "./type-text.ts";

export interface ApiReport {
  entry: Entry;
  lines: string[];
}

/**
 * What each entry of the SDK exports, a line for everything that a program could depend on; and the forgotten exports,
 * types that readers of the declarations meet and cannot name.
 */
export function apiReports(): { reports: ApiReport[]; forgotten: string[] } {
  const entries = sdkEntries();
  const { program, instances } = withInstances(entries, sdkProgram(entries), exportsOf);
  const exported = entries.map((entry) => exportsOf(program, entry));
  const roles = rolesOf(program, exported.flat());
  // What is exported twice is called what its own entry calls it, and otherwise what the first does.
  const anywhere = exported.flat().toReversed();
  const forgotten: string[] = [];
  const reports = entries.map((entry, at) => {
    const own = (exported[at] ?? []).toReversed();
    const taken = new Set(own.map(({ name }) => name));
    const names = new Map([
      ...anywhere.map(
        ({ name, symbol }) => [symbol, taken.has(name) ? `sdk.${name}` : name] as const,
      ),
      ...own.map(({ name, symbol }) => [symbol, name] as const),
    ]);
    const text = new TypeText(program, names);
    const describe = new Description(program, text, names, roles);
    const blocks = own.map((one) => describe.of(one, instances.get(instanceKey(entry, one.name))));
    for (const name of text.forgotten) forgotten.push(`${name} of ${entry.specifier}`);
    const sorted = blocks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { entry, lines: sorted.flatMap(({ head, lines }) => [...head, ...lines]) };
  });
  return { reports, forgotten };
}

function exportsOf(program: ts.Program, { file }: Entry): PublicName[] {
  const source = program.getSourceFile(file);
  return source ? publicNames(program.getTypeChecker(), source) : [];
}
