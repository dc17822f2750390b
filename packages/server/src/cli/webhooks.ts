import { isCopy, sendFromHere } from "../webhooks/home.ts";
import { withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";

/** Lets a database that was copied from another one send webhooks in its place. */
export async function resume(output: Output): Promise<void> {
  const resumed = await withDatabase(async ({ db }) => {
    if (!(await isCopy(db))) return false;
    await sendFromHere(db);
    return true;
  });
  output.result(
    { resumed },
    resumed
      ? "Webhooks are sent from this database."
      : "Nothing to do: this database is not a copy of another one.",
  );
}
