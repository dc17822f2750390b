import pg from "pg";
import { PARSERS } from "./parse-moment.ts";
import { compileRowReader, type RowReader } from "./row-reader.ts";

interface Connection {
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

interface Described {
  /** By the name of the statement. Its rows keep their form for as long as it is prepared. */
  readers: Map<string, RowReader>;
  /** The connection, but a description that is known is not asked for again. */
  undescribed: Connection;
}
const described = new WeakMap<Connection, Described>();

function describedOn(connection: Connection): Described {
  let found = described.get(connection);
  if (!found) {
    const undescribed = Object.create(connection, { describe: { value: () => {} } }) as Connection;
    found = { readers: new Map(), undescribed };
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
    const { readers, undescribed } = describedOn(connection);
    this.#readers = readers;
    this.#reader = (this.name !== undefined && readers.get(this.name)) || null;
    protocol.prepare.call(this, this.#reader ? undescribed : connection);
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
