import {
  type Caller,
  type ListRequestsInput,
  type RequestField,
  type RequestSelection,
  selectedFields,
} from "@serviceflow/domain";
import { requestView } from "@serviceflow/domain/contract";
import type { Database } from "../../db/database.ts";
import { listRequests } from "./list.ts";

/** How many requests a file has at most. */
const MAX_ROWS = 100_000;
const PAGE = 500;

/** With it, spreadsheets read UTF-8. */
const BYTE_ORDER_MARK = "\uFEFF";

const FIELDS = Object.keys(requestView.shape) as RequestField[];
/** A cell has no list, and what the caller may do is gone when the file is read. */
const NOT_BY_DEFAULT: readonly RequestField[] = ["allowedActions"];

/** The list as RFC 4180 has it, a header first, page by page as it is read. */
export async function* csvLines(
  { batches }: Pick<Database, "batches">,
  input: ListRequestsInput & RequestSelection,
  caller: Caller,
): AsyncGenerator<string> {
  const { has } = selectedFields(input);
  const fields = FIELDS.filter(
    (field) => has(field) && (input.fields !== undefined || !NOT_BY_DEFAULT.includes(field)),
  );
  const header = BYTE_ORDER_MARK + toLine(fields.flatMap(headersOf));
  const reads = { replicated: batches, heavy: batches };
  const selected = { ...input, fields, include: undefined };
  let left = MAX_ROWS;
  let cursor: string | undefined;
  do {
    const asked = { ...selected, cursor, limit: Math.min(PAGE, left) };
    const page = await listRequests(reads, asked, { caller, gate: null });
    // After the first page: its refusal can still be the answer.
    if (left === MAX_ROWS) yield header;
    for (const request of page.items) {
      const values: Partial<Record<RequestField, unknown>> = { ...request };
      yield toLine(fields.flatMap((field) => cellsOf(field, values[field])));
    }
    left -= page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
}

const PEOPLE: readonly RequestField[] = ["requester", "submitter", "assignee"];

function headersOf(field: RequestField): string[] {
  return PEOPLE.includes(field) ? [`${field}Id`, field] : [field];
}

function cellsOf(field: RequestField, value: unknown): string[] {
  if (!PEOPLE.includes(field)) return [toCell(value)];
  const person = value as { id: string; fullName: string } | null;
  return [toCell(person?.id), toCell(person?.fullName)];
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return toTextCell(textOf(value));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A line without its line feed, which is added when it is sent. */
function toLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r`;
}

/**
 * What a spreadsheet would run, at the beginning of a cell. One that takes other separators than the comma sees cells
 * where there are none, and quotes do not hold it off after the first.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULAS = /^(?=[\t\r\n])|(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=(?:^|[;|\t\r\n]) *)/gu;

function toTextCell(text: string): string {
  return `"${text.replace(FORMULAS, "'").replaceAll('"', '""')}"`;
}
