import { messages as kinds, type PGlite, protocol } from "@electric-sql/pglite";
import { compileRowReader, type RowReader } from "./row-reader.ts";
import type { Statement } from "./statement.ts";

const { serialize } = protocol;

/** The engine, or an open transaction of it. */
export type Connection = Pick<PGlite, "query">;
type Messages = Awaited<ReturnType<PGlite["execProtocolStream"]>>;

/** PostgreSQL's feature_not_supported: "cached plan must not change result type". */
const ROWS_CHANGED = "0A000";

/** What the engine said of a statement when it parsed it. */
interface Prepared {
  readonly text: string;
  /** Of each parameter, the object id of its type. */
  readonly types: readonly number[];
  /** Null: it answers no rows. */
  readonly reader: RowReader | null;
}

/**
 * Runs statements on the embedded engine. A named one is parsed once and then kept, with its plan, under its name, and each
 * run of it is one message. The engine's own `query` parses, describes and plans it every time, in five.
 *
 * The caller sees to it that one statement runs at a time.
 */
export class EmbeddedStatements {
  readonly #client: PGlite;
  readonly #prepared = new Map<string, Prepared>();

  constructor(client: PGlite) {
    this.#client = client;
  }

  /** @param on where a statement without a name runs */
  async run(on: Connection, { name, text }: Statement, values: unknown[]): Promise<unknown[]> {
    if (name === null) return (await on.query(text, values)).rows;
    const known = this.#prepared.get(name) ?? (await this.#prepare(name, text));
    if (known.text !== text) throw new Error(`Two statements have the name ${name}.`);
    const messages = await this.#send([
      serialize.bind({ statement: name, values: this.#texts(known.types, values) }),
      serialize.execute(),
      serialize.sync(),
    ]).catch(async (error: unknown) => {
      if ((error as { code?: unknown }).code === ROWS_CHANGED) await this.#forget(name);
      throw error;
    });
    const { reader } = known;
    if (!reader) return [];
    return messages
      .filter((message) => message instanceof kinds.DataRowMessage)
      .map(({ fields }) => reader(fields));
  }

  async #prepare(name: string, text: string): Promise<Prepared> {
    const messages = await this.#send([
      serialize.parse({ name, text }),
      serialize.describe({ type: "S", name }),
      serialize.sync(),
    ]);
    const rows = messages.find((message) => message instanceof kinds.RowDescriptionMessage);
    const prepared: Prepared = {
      text,
      types:
        messages.find((message) => message instanceof kinds.ParameterDescriptionMessage)
          ?.dataTypeIDs ?? [],
      reader: rows
        ? compileRowReader(
            rows.fields.map(({ name, dataTypeID }) => ({
              name,
              parse: this.#client.parsers[dataTypeID] ?? null,
            })),
          )
        : null,
    };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  async #forget(name: string): Promise<void> {
    this.#prepared.delete(name);
    await this.#send([serialize.close({ type: "S", name }), serialize.sync()]);
  }

  #texts(types: readonly number[], values: unknown[]): (string | null)[] {
    return values.map((value, index) => {
      if (value === null || value === undefined) return null;
      const serializer = this.#client.serializers[types[index] ?? 0];
      return serializer ? serializer(value) : String(value);
    });
  }

  /** @throws the engine's error, once the engine has come to the end of the messages */
  #send(messages: Uint8Array[]): Promise<Messages> {
    if (this.#client.closed) throw new Error("PGlite is closed");
    return this.#client.runExclusive(() =>
      this.#client.execProtocolStream(Buffer.concat(messages)),
    );
  }
}
