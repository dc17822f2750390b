/** Where the tables of a database that Citus distributes are. */
export interface Places {
  reference: ReadonlySet<string>;
  /** The column that distributes, by table. */
  distributed: ReadonlyMap<string, string>;
  /** On the coordinator, and known to the workers. */
  known: ReadonlySet<string>;
  /** On the coordinator alone. */
  local: ReadonlySet<string>;
}

/** Reads the file that distributes the tables. */
export function placesIn(text: string): Places {
  const named = (call: string) =>
    [...text.matchAll(new RegExp(`^select ${call}\\('(\\w+)'(?:, '(\\w+)')?`, "gm"))].map(
      ([, table = "", column = ""]) => [table, column] as const,
    );
  const local = /^-- local: (.*)$/m.exec(text)?.[1]?.split(", ") ?? [];
  return {
    reference: new Set(named("create_reference_table").map(([table]) => table)),
    distributed: new Map(named("create_distributed_table")),
    known: new Set(named("citus_add_local_table_to_metadata").map(([table]) => table)),
    local: new Set(local),
  };
}

/** A query within a statement, without those in its parentheses. */
interface Block {
  /** Its own text, with a mark for each block within. */
  own: string;
  within: Block[];
}

const MARK = "§";

/** Statements of drizzle: names are quoted, a column follows a dot, and a query in parentheses begins with its verb. */
function blocksOf(text: string): Block {
  const top: Block = { own: "", within: [] };
  const open: (Block | null)[] = [];
  const stack = [top];
  for (let at = 0; at < text.length; at += 1) {
    const current = stack.at(-1) as Block;
    const letter = text[at] as string;
    if (letter === "'") {
      current.own += "''";
      at = text.indexOf("'", at + 1);
    } else if (letter === "(") {
      const begins = /^\(\s*(?:select|insert|update|delete|with)\b/i.test(text.slice(at, at + 60));
      const block = begins ? { own: "", within: [] } : null;
      if (block) {
        current.within.push(block);
        current.own += MARK;
        stack.push(block);
      } else current.own += "(";
      open.push(block);
    } else if (letter === ")") {
      if (open.pop()) stack.pop();
      else current.own += ")";
    } else current.own += letter;
  }
  return top;
}

/** Tables by the names under which a block knows them. */
function tablesOf(own: string, tables: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, table = "", alias] of own.matchAll(
    /(?<![."])"(\w+)"(?!\s*\.)(?:\s+"(\w+)"(?!\s*\.))?/g,
  )) {
    if (tables.has(table)) found.set(alias ?? table, table);
  }
  return found;
}

/** Names of what a block takes columns of. */
const usedIn = (own: string) =>
  new Set([...own.matchAll(/"(\w+)"\s*\.\s*"\w+"/g)].map(([, name = ""]) => name));

/** Whether a mark stands where a table stands, rather than a value. */
function isRowSource(own: string, mark: number): boolean {
  return /(?:\b(?:from|join|lateral|union|all|as|materialized|,)|,)\s*\(*\s*$/i.test(
    own.slice(0, mark),
  );
}

/** What Citus refuses of a statement, or what makes it read a whole table over the network; empty: nothing. */
export function refusedForms(text: string, places: Places): string[] {
  const ofLog = (table: string) => places.local.has(table);
  const apart = (table: string) => places.distributed.has(table);
  const all = new Set([
    ...places.reference,
    ...places.distributed.keys(),
    ...places.known,
    ...places.local,
  ]);
  const faults = new Set<string>();
  let readsTables = false;
  const visit = (block: Block, outer: Map<string, string>) => {
    const known = tablesOf(block.own, all);
    if (known.size > 0) readsTables = true;
    // What is united is not joined.
    for (const part of block.own.split(/\bunion\b/i)) {
      const own = tablesOf(part, all);
      const reached = [...usedIn(part)].flatMap((name) =>
        known.has(name) ? [] : (outer.get(name) ?? []),
      );
      const together = [...own.values(), ...reached];
      if (/\binsert\s+into\b/i.test(part) || !together.some(ofLog)) continue;
      const others = together.filter(apart);
      if (others.length > 0) faults.add(`joins the log with ${others.join(", ")}`);
    }
    const marks = [...block.own.matchAll(new RegExp(MARK, "g"))].map(({ index }) => index);
    const isValue = marks.map((mark) => !isRowSource(block.own, mark));
    const hasEmptySource = block.within.some(
      (each, index) =>
        !isValue[index] &&
        !/\bfrom\b/i.test(each.own) &&
        !/\b(?:insert|update|delete)\b/i.test(each.own),
    );
    const joins = /\bjoin\b/i.test(block.own);
    if (hasEmptySource && joins && isValue.includes(true)) {
      faults.add("takes a value from a subquery, over a subquery without a table");
    }
    for (const each of block.within) visit(each, new Map([...outer, ...known]));
  };
  visit(blocksOf(text), new Map());
  if (readsTables && /\bnextval\s*\(/i.test(text))
    faults.add("draws from a sequence beside a table");
  return [...faults];
}
