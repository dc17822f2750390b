import { readConfig } from "../config.ts";
import { connect } from "../connect.ts";
import { createLogger } from "../logger.ts";
import { seedDemo } from "../seed/seed.ts";
import { createServices } from "../server.ts";
import { withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";
import { demoKeys } from "./serve.ts";

/** Brings the database to this build's schema. */
export async function migrate(output: Output): Promise<void> {
  let applied: string[] = [];
  const db = await connect(readConfig(), createLogger("silent", false), (names) => {
    applied = names;
  });
  await db.close();
  const names = applied.map((name) => `  ${name}`).join("\n");
  const text =
    applied.length === 0
      ? "The database has this build's schema: nothing was missing."
      : `Applied:\n${names}\nThe database has this build's schema.`;
  output.result({ applied }, text);
}

/** Fills an unused database with a demo. */
export async function seed(output: Output): Promise<void> {
  const { bootstrapKey } = readConfig();
  const keys = await withDatabase((db, log) => seedDemo(db, createServices(db, log, bootstrapKey)));
  const text = keys ? demoKeys(keys) : "There are users already: nothing was changed.";
  output.result({ demoKeys: keys }, text);
}
