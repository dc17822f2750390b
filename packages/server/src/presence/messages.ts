import { PRESENCE_STATES } from "@serviceflow/domain";
import type { Presence, SaidState } from "./present-people.ts";

/** PostgreSQL takes 8,000 bytes at most. */
const MAX_LENGTH = 7_500;
const STATES: readonly SaidState[] = ["LEFT", ...PRESENCE_STATES];

/** What one process tells the others. */
export interface Message {
  /** Id of the process. */
  from: string;
  said: Presence[];
  /** It has just come, and asks what the others know. */
  asks: boolean;
}

/** As texts that fit into a notification each: ids of keys and users, but no names. */
export function toTexts(from: string, said: readonly Presence[]): string[] {
  const texts: string[] = [];
  let rows: unknown[] = [];
  let length = 0;
  const end = () => {
    if (rows.length > 0) texts.push(JSON.stringify({ v: 1, from, said: rows }));
    rows = [];
    length = 0;
  };
  for (const each of said) {
    const row = [
      each.number,
      each.keyUuid,
      each.userUuid,
      each.clientId,
      STATES.indexOf(each.state),
      each.since,
      each.saidAt,
      each.follows ? 1 : 0,
    ];
    const size = JSON.stringify(row).length + 1;
    if (length + size > MAX_LENGTH) end();
    rows.push(row);
    length += size;
  }
  end();
  return texts;
}

export function toQuestion(from: string): string {
  return JSON.stringify({ v: 1, from, asks: true });
}

/** Null: of another version, or of somebody else. */
export function readMessage(text: string): Message | null {
  const message = parsed(text);
  if (message?.v !== 1 || typeof message.from !== "string") return null;
  const rows = Array.isArray(message.said) ? message.said : [];
  return {
    from: message.from,
    said: rows.flatMap((row) => readRow(row) ?? []),
    asks: message.asks === true,
  };
}

function parsed(
  text: string,
): { v?: unknown; from?: unknown; said?: unknown; asks?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readRow(row: unknown): Presence | null {
  if (!Array.isArray(row)) return null;
  const [number, keyUuid, userUuid, clientId, state, since, saidAt, follows] = row;
  const isWhole = [number, since, saidAt].every(Number.isSafeInteger);
  const areIds = [keyUuid, userUuid].every((id) => typeof id === "string" && UUID.test(id));
  const said = STATES[state];
  if (!isWhole || !areIds || typeof clientId !== "string" || said === undefined) return null;
  return {
    number,
    keyUuid,
    userUuid,
    clientId,
    state: said,
    since,
    saidAt,
    follows: follows === 1,
  };
}
