import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ID_PREFIX,
  type IdKind,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "./public-id.ts";

const KINDS = Object.keys(ID_PREFIX) as IdKind[];

/** https://github.com/jetify-com/typeid/blob/main/spec/valid.yml */
const VECTORS = [
  ["00000000-0000-0000-0000-000000000000", "00000000000000000000000000"],
  ["00000000-0000-0000-0000-000000000001", "00000000000000000000000001"],
  ["00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"],
  ["00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"],
  ["00000000-0000-0000-0000-000000000020", "00000000000000000000000010"],
  ["ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"],
  ["0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"],
  ["01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"],
] as const;

describe("a public id", () => {
  it.each([
    ["user", "usr"],
    ["apiKey", "key"],
    ["comment", "cmt"],
    ["auditEntry", "evt"],
  ] as const)("of a %s begins with %s_", (kind, prefix) => {
    const [uuid, letters] = VECTORS[6];
    expect(toPublicId(kind, uuid)).toBe(`${prefix}_${letters}`);
  });

  it.each(VECTORS)("of %s is the TypeID %s", (uuid, letters) => {
    expect(toPublicId("user", uuid)).toBe(`usr_${letters}`);
    expect(toUuid("user", `usr_${letters}`)).toBe(uuid);
  });

  it("holds any UUID, of every kind and of no other", () => {
    const uuids = fc.uuid({ version: [1, 2, 3, 4, 5, 6, 7, 8] });
    fc.assert(
      fc.property(
        uuids,
        fc.constantFrom(...KINDS),
        fc.constantFrom(...KINDS),
        (uuid, kind, other) => {
          const id = toPublicId(kind, uuid);
          expect(toUuid(other, id)).toBe(kind === other ? uuid : null);
        },
      ),
    );
  });

  it("sorts as its UUID does", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(toPublicId("user", a) < toPublicId("user", b)).toBe(a < b);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["the prefix alone", "usr_"],
    ["no prefix", "01h455vb4pex5vsknk084sn02q"],
    ["another prefix", "key_01h455vb4pex5vsknk084sn02q"],
    ["a prefix in upper case", "USR_01h455vb4pex5vsknk084sn02q"],
    ["upper case", "usr_01H455VB4PEX5VSKNK084SN02Q"],
    ["no underscore", "usr-01h455vb4pex5vsknk084sn02q"],
    ["25 letters", "usr_01h455vb4pex5vsknk084sn02"],
    ["27 letters", "usr_01h455vb4pex5vsknk084sn02qq"],
    ["a first letter that overflows", "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["a first letter that overflows most", "usr_z0000000000000000000000000"],
    ["the letter i", "usr_01h455vb4pex5vsknk084sn0iq"],
    ["the letter l", "usr_01h455vb4pex5vsknk084sn0lq"],
    ["the letter o", "usr_01h455vb4pex5vsknk084sn0oq"],
    ["the letter u", "usr_01h455vb4pex5vsknk084sn0uq"],
    ["a space", "usr_01h455vb4pex5vsknk084sn02 "],
    ["a line break", "usr_01h455vb4pex5vsknk084sn02\n"],
    ["a character outside ASCII", "usr_01h455vb4pex5vsknk084sn02\u00E9"],
    ["a UUID", "01890a5d-ac96-774b-bcce-b302099a8057"],
  ])("is not %s", (_, text) => {
    expect(toUuid("user", text)).toBeNull();
  });

  it("has one spelling: every id that parses is formatted the same", () => {
    const letter = fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyzABC");
    const tail = fc.string({ unit: letter, minLength: 26, maxLength: 26 });
    fc.assert(
      fc.property(tail, (letters) => {
        const uuid = toUuid("comment", `cmt_${letters}`);
        const valid = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(letters);
        expect(uuid === null ? null : toPublicId("comment", uuid)).toBe(
          valid ? `cmt_${letters}` : null,
        );
      }),
    );
  });
});

describe("the id of a request", () => {
  it.each([
    [1, "SF-1"],
    [1042, "SF-1042"],
    [2_147_483_647, "SF-2147483647"],
  ])("%s is %s", (number, id) => {
    expect(toRequestId(number)).toBe(id);
    expect(toRequestNumber(id)).toBe(number);
  });

  it("may be written in lower case", () => {
    expect(toRequestNumber("sf-1042")).toBe(1042);
    expect(toRequestNumber("Sf-1042")).toBe(1042);
  });

  it.each([
    "",
    "SF-",
    "SF-0",
    "SF-01",
    "SF--1",
    "SF-+1",
    "SF-1.5",
    "SF-1e3",
    "SF-1 ",
    " SF-1",
    "SF-1\n",
    "SF-\u0661",
    "SF1",
    "1042",
    "usr_1",
    "SF-2147483648",
    "SF-9999999999",
    "SF-10000000000",
  ])("is not %j", (text) => {
    expect(toRequestNumber(text)).toBeNull();
  });
});
