import { schemaNamed } from "../db/own-schema.ts";
import { grantsTo } from "../db/privileges.ts";
import { seedDemo } from "../seed/seed.ts";
import { createServices } from "../services.ts";
import { demoKeys } from "./greeting.ts";
import { withMigratedDatabase } from "./operator.ts";
import type { Output } from "./output.ts";

const ADOPTED =
  "Adopted an audit log that was restored from another cluster: the transactions of new entries continue from it.";

/** Migrates the database to this build's schema. */
export async function migrate(output: Output): Promise<void> {
  const { applied, adopted } = await withMigratedDatabase(
    { grantsAlways: true },
    async (_open, done) => done,
  );
  const names = applied.map((name) => `  ${name}`).join("\n");
  const text =
    applied.length === 0
      ? "The database has this build's schema: no migration was missing."
      : `Applied:\n${names}\nThe database has this build's schema.`;
  output.result({ applied, adopted }, adopted ? `${text}\n${ADOPTED}` : text);
}

/** Prints the SQL with which the owner of the tables grants a role what a server needs, and nothing else. */
export function grants(output: Output, { role, schema }: { role: string; schema: string }): void {
  const statements = grantsTo(role, schemaNamed(schema));
  output.result({ role, statements }, statements.map((each) => `${each};`).join("\n"));
}

/** Fills an unused database with a demo. */
export async function seed(output: Output): Promise<void> {
  const keys = await withMigratedDatabase({}, ({ db, log, config: { defaultCategory } }) =>
    seedDemo(createServices(db, log, { defaultCategory }).services),
  );
  const text = keys ? demoKeys(keys) : "There are users already: nothing was changed.";
  output.result({ demoKeys: keys }, text);
}
