/** A process that does nothing but seal the log of a database, as a server does beside its work. */
import { connectPostgres, createLogger, Sealer } from "@serviceflow/server";

const log = createLogger("warn", false);
const url = process.env.DATABASE_URL as string;
const db = connectPostgres({ url, poolSize: 2, preparedStatements: true, log });
const sealer = new Sealer(db, log, () => new Date());
const keepAlive = setInterval(() => {}, 60_000);
process.once("SIGTERM", async () => {
  clearInterval(keepAlive);
  await sealer.close();
  await db.close();
});
process.stdout.write("sealing\n");
