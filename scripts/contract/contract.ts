import type { BreakingChange } from "./change.ts";
import type { Json } from "./json.ts";
import { compareOpenApi } from "./openapi.ts";
import { compareTypes } from "./types.ts";

/** What programs are written against. */
export interface Contract {
  /** The API report of each entry of the SDK, by the entry's name. */
  reports: ReadonlyMap<string, string>;
  openapi: Json;
}

const MOST_SHOWN = 30;

/** What breaks between two states of the contract. */
export function compareContracts(before: Contract, after: Contract): BreakingChange[] {
  const types = [...before.reports].flatMap(([entry, report]) => {
    const still = after.reports.get(entry);
    const place = entry === "index" ? "@serviceflow/sdk" : `@serviceflow/sdk/${entry}`;
    const changes = still
      ? compareTypes(report, still)
      : [{ subject: "the entry", what: "was removed" }];
    return changes.map(({ subject, what }) => ({ subject: `${place}: ${subject}`, what }));
  });
  const rest = compareOpenApi(before.openapi, after.openapi);
  return [...types, ...rest.map((change) => ({ ...change, subject: `REST: ${change.subject}` }))];
}

/** What to say of changes that nobody has announced. */
export function inWords(changes: readonly BreakingChange[]): string {
  const lines = changes.map(({ subject, what }) => `  ${subject} ${what}.`);
  const further = lines.length - MOST_SHOWN;
  return [
    "The contract breaks against the last release, and no changeset says so:",
    ...lines.slice(0, MOST_SHOWN),
    ...(further > 0 ? [`  and ${further} more.`] : []),
    "Keep what was there beside what is new (CONTRIBUTING.md, The contract), or announce the break:",
    '  npx changeset add --major "@serviceflow/sdk" -m "What breaks, and what to write instead."',
  ].join("\n");
}
