import type { Writable } from "node:stream";
import pg from "pg";
import { PARSERS } from "./parse-moment.ts";
import { compileRowReader, type RowReader } from "./row-reader.ts";

interface Connection {
  stream: Pick<Writable, "write" | "writable">;
  describe(message: object): void;
}

interface RowDescription {
  fields: readonly { name: string; dataTypeID: number }[];
}

/** What `pg` calls of its queries; its types have only what its users call. */
interface Protocol {
  prepare(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}
const protocol = pg.Query.prototype as unknown as Protocol;

/** What is known of a connection. */
class Described {
  /** By the name of the statement. Its rows keep their form for as long as it is prepared. */
  readonly readers = new Map<string, RowReader>();
  readonly #connection: Connection;
  /** The connection for a statement whose rows are known: what it is sent is kept, and no description is asked for. */
  readonly #brief: Connection;
  #messages: Buffer[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    const stream = {
      writable: true,
      write: (message: Buffer) => {
        this.#messages.push(message);
        return true;
      },
    };
    this.#brief = Object.create(connection, {
      describe: { value: () => {} },
      stream: { value: stream },
    });
  }

  /** Sends the messages of a query as one. */
  sendBriefly(prepare: (connection: Connection) => void): void {
    this.#messages = [];
    prepare(this.#brief);
    const { stream } = this.#connection;
    if (stream.writable) stream.write(Buffer.concat(this.#messages));
  }
}
const described = new WeakMap<Connection, Described>();

function describedOn(connection: Connection): Described {
  let found = described.get(connection);
  if (!found) {
    found = new Described(connection);
    described.set(connection, found);
  }
  return found;
}

const TEXT_TYPES = new Set<number>([
  pg.types.builtins.TEXT,
  pg.types.builtins.VARCHAR,
  pg.types.builtins.UUID,
]);

function readerOf({ fields }: RowDescription): RowReader {
  return compileRowReader(
    fields.map(({ name, dataTypeID }) => ({
      name,
      parse: TEXT_TYPES.has(dataTypeID) ? null : PARSERS.getTypeParser(dataTypeID),
    })),
  );
}

/**
 * A query of `pg` that answers its rows alone. Of a named statement, each connection asks for the description of the rows
 * once, and reads them by compiled code.
 */
export class DescribedQuery extends pg.Query {
  readonly name: string | undefined;
  readonly #rows: object[] = [];
  #reader: RowReader | null = null;
  #readers: Map<string, RowReader> | null = null;
  #failure: unknown = null;
  callback: (error: unknown, rows?: object[]) => void;

  constructor(
    { text, name, values }: { text: string; name: string | undefined; values: unknown[] },
    callback: (error: unknown, rows?: object[]) => void,
  ) {
    super(text, values);
    this.name = name;
    this.callback = callback;
  }

  prepare(connection: Connection): void {
    const described = describedOn(connection);
    this.#readers = described.readers;
    this.#reader = (this.name !== undefined && this.#readers.get(this.name)) || null;
    if (this.#reader) described.sendBriefly((brief) => protocol.prepare.call(this, brief));
    else protocol.prepare.call(this, connection);
  }

  handleRowDescription(description: RowDescription): void {
    this.#reader = readerOf(description);
    if (this.name !== undefined) this.#readers?.set(this.name, this.#reader);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.#failure !== null || !this.#reader) return;
    try {
      this.#rows.push(this.#reader(fields));
    } catch (error) {
      this.#failure = error;
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#failure === null) this.callback(null, this.#rows);
    else this.callback(this.#failure);
  }
}
