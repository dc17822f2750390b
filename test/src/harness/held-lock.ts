import pg from "pg";

/** A lock of another session, on which statements of the server wait. */
export class HeldLock {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Locks a table; by default against reading, so that every statement that names it waits. */
  static table(url: string, table: string, mode = "access exclusive"): Promise<HeldLock> {
    return HeldLock.#take(url, `lock table ${table} in ${mode} mode`);
  }

  /** Takes an advisory lock. */
  static advisory(url: string, key: number): Promise<HeldLock> {
    return HeldLock.#take(url, `select pg_advisory_xact_lock(${key})`);
  }

  static async #take(url: string, lock: string): Promise<HeldLock> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    await client.query("begin");
    await client.query(lock);
    return new HeldLock(client);
  }

  /** The backends of this database that wait for any lock. */
  async waiting(): Promise<number[]> {
    const { rows } = await this.#client.query<{ pid: number }>(
      `select distinct pid from pg_locks join pg_database on pg_database.oid = database
       where not granted and datname = current_database()`,
    );
    return rows.map(({ pid }) => pid);
  }

  /** Cancels or terminates every statement that waits. */
  async interrupt(how: "pg_cancel_backend" | "pg_terminate_backend"): Promise<void> {
    for (const pid of await this.waiting()) await this.#client.query(`select ${how}(${pid})`);
  }

  async release(): Promise<void> {
    await this.#client.query("rollback");
    await this.#client.end();
  }
}
