import { rebuildStats } from "../requests/stats/builds.ts";
import { withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";
import { Progress } from "./progress.ts";

/** Counts all requests again for the statistics. */
export async function rebuild(output: Output): Promise<void> {
  const progress = new Progress("requests");
  const requests = await withDatabase(({ db }) =>
    rebuildStats(db, { onProgress: (done, total) => progress.update(done, total) }),
  );
  progress.end();
  output.result(
    { requests },
    `Statistics are read from new counts of ${requests.toLocaleString("en")} requests.`,
  );
}
