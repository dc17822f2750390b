import { describe, expect, it } from "vitest";
import { limitOf, readTextCursor, readUuidCursor, textCursor, toPage, uuidCursor } from "./page.ts";

const UUIDS = [
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "0192f5a0-7b3c-7def-8123-456789abcdef",
];
const SHAPE = /^\d{1,19}:\d{1,19}$/;
const REFUSAL = {
  code: "validation_failed",
  errors: [expect.objectContaining({ pointer: "/cursor", code: "invalid_cursor" })],
};

describe("a page", () => {
  const page = (rows: number, limit: number) =>
    toPage(
      Array.from({ length: rows }, (_, index) => index),
      limit,
      (row) => `item ${row}`,
      (row) => `after ${row}`,
    );

  it.each([
    [0, 2, [], null],
    [1, 2, ["item 0"], null],
    [2, 2, ["item 0", "item 1"], null],
    [3, 2, ["item 0", "item 1"], "after 1"],
    [2, 1, ["item 0"], "after 0"],
  ])(
    "of %i rows with limit %i goes on only when there is more",
    (rows, limit, items, nextCursor) => {
      expect(page(rows, limit)).toEqual({ items, nextCursor });
    },
  );

  it("has 20 items unless another limit is asked for", () => {
    expect([limitOf({}), limitOf({ limit: undefined }), limitOf({ limit: 1 })]).toEqual([
      20, 20, 1,
    ]);
  });
});

describe("a cursor of a UUID", () => {
  it.each(UUIDS)("leads back to %s", (uuid) => {
    const cursor = uuidCursor(uuid);
    expect(cursor).toMatch(/^[\w-]{22}$/);
    expect(readUuidCursor(cursor)).toBe(uuid.replaceAll("-", ""));
  });

  it("may be absent", () => expect(readUuidCursor(undefined)).toBeNull());

  it.each([
    "",
    "x",
    UUIDS[2] as string,
    `${uuidCursor(UUIDS[2] as string)}A`,
    uuidCursor(UUIDS[2] as string).slice(1),
    // The last of 22 letters has four bits to spare: only one way to write them is right.
    "AAAAAAAAAAAAAAAAAAAAAB",
    "/+////////////////////",
    "AAAAAAAAAAA AAAAAAAAAAA",
    "' or 1=1 --",
    "курсор",
  ])("is refused when it is %j", (cursor) => {
    expect(() => readUuidCursor(cursor)).toThrow(expect.objectContaining(REFUSAL));
  });
});

describe("a cursor of a text", () => {
  it.each(["1:1", "7251964:9223372036854775807"])("leads back to %s", (text) => {
    expect(readTextCursor(textCursor(text), SHAPE)).toBe(text);
  });

  it("may be absent", () => expect(readTextCursor(undefined, SHAPE)).toBeNull());

  it.each([
    "",
    "1:1",
    textCursor("1"),
    textCursor("1:1:1"),
    textCursor("-1:1"),
    textCursor("1:1\n"),
    textCursor("1:1; drop table audit_logs"),
    `${textCursor("1:1")}=`,
    `${textCursor("1:1")} `,
  ])("is refused when it is %j", (cursor) => {
    expect(() => readTextCursor(cursor, SHAPE)).toThrow(expect.objectContaining(REFUSAL));
  });
});
