/** A process that does nothing but seal the log of a database, as a server does beside its work. */
import { connectPostgres, createLogger, sealerJob } from "@serviceflow/server";

const log = createLogger("warn", false);
const url = process.env.DATABASE_URL as string;
const db = connectPostgres({ url, poolSize: 2, preparedStatements: true, log });
const sealer = sealerJob({ db, log, clock: () => new Date() });
sealer.start();
const keepAlive = setInterval(() => {}, 60_000);
process.once("SIGTERM", async () => {
  clearInterval(keepAlive);
  await sealer.stop();
  await db.close();
});
process.stdout.write("sealing\n");
