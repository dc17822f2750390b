import { randomBytes } from "node:crypto";
import { DomainError } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import {
  fingerprintOf,
  type IdempotentCall,
  readIdempotencyKey,
  readStoredAnswer,
  storedAnswer,
} from "./idempotency.ts";

const KEY_255 = "k".repeat(255);

describe("the header Idempotency-Key", () => {
  it.each([
    [null, null],
    ["abc", "abc"],
    ['"abc"', "abc"],
    ["  abc  ", "abc"],
    ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ['"with a space"', "with a space"],
    [String.raw`"a \"quoted\" \\ one"`, String.raw`a "quoted" \ one`],
    ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"],
    [KEY_255, KEY_255],
    [`"${KEY_255}"`, KEY_255],
  ])("%s is read as %s", (header, key) => expect(readIdempotencyKey(header)).toBe(key));

  it.each([
    "",
    "   ",
    '""',
    '"',
    "with a space",
    'half"quoted',
    '"open',
    String.raw`back\slash`,
    String.raw`"dangling \"`,
    String.raw`"unknown \n escape"`,
    "ключ",
    "a\tb",
    "a\u0000b",
    "a\u007fb",
    '"a", "b"',
    `${KEY_255}k`,
    `"${KEY_255}k"`,
  ])("%j is refused", (header) => {
    expect(() => readIdempotencyKey(header)).toThrow(
      expect.objectContaining({ code: "malformed_request" }),
    );
  });
});

describe("what an idempotency key stands for", () => {
  it("differs by procedure and by each part of the input", () => {
    const prints = [
      fingerprintOf("requests.create", { title: "One" }),
      fingerprintOf("requests.create", { title: "Two" }),
      fingerprintOf("requests.create", { title: "One", priority: "LOW" }),
      fingerprintOf("requests.update", { title: "One" }),
    ].map((print) => Buffer.from(print).toString("hex"));
    expect(new Set(prints).size).toBe(4);
    expect(fingerprintOf("requests.create", { title: "One" })).toHaveLength(32);
  });

  it("is the same for the same call", () => {
    expect(fingerprintOf("a", { b: [1, { c: null }] })).toEqual(
      fingerprintOf("a", { b: [1, { c: null }] }),
    );
  });
});

describe("a kept answer", () => {
  const call: IdempotentCall = {
    key: "first",
    fingerprint: fingerprintOf("apiKeys.issue", { name: "Bot" }),
    secretKey: "sf_the-callers-own",
    userUuid: "00000000-0000-0000-0000-000000000001",
  };
  const answer = { id: "key_1", name: "Ключ", apiKey: "sf_secret" };
  const keep = (secret: boolean, by = call) => ({
    fingerprint: by.fingerprint,
    ...storedAnswer(by, answer, secret, randomBytes),
  });

  function refusal(other: Partial<IdempotentCall>, record = keep(true)): string {
    try {
      readStoredAnswer({ ...call, ...other }, record);
      return "opened";
    } catch (error) {
      return error instanceof DomainError ? error.code : String(error);
    }
  }

  it.each([true, false])("is read again as it was given (secret: %s)", (secret) => {
    expect(readStoredAnswer(call, keep(secret))).toEqual(answer);
  });

  it("lies readable only when it holds no secret", () => {
    expect(keep(false)).toMatchObject({ encrypted: false, answer: JSON.stringify(answer) });
    const sealed = keep(true);
    expect(sealed.encrypted).toBe(true);
    const bytes = Buffer.from(sealed.answer, "base64");
    for (const value of Object.values(answer)) expect(bytes.includes(value)).toBe(false);
  });

  it("is never encrypted twice alike", () => {
    expect(keep(true).answer).not.toBe(keep(true).answer);
  });

  it.each([
    ["another API key", { secretKey: "sf_another" }, "secret_not_replayable"],
    ["another idempotency key", { key: "second" }, "secret_not_replayable"],
    [
      "another input",
      { fingerprint: fingerprintOf("apiKeys.issue", { name: "Cat" }) },
      "idempotency_key_reused",
    ],
    [
      "another input and API key",
      { fingerprint: new Uint8Array(32), secretKey: "sf_x" },
      "idempotency_key_reused",
    ],
  ])("is not read with %s", (_with, other, code) => expect(refusal(other)).toBe(code));

  it("is not read after a change of any byte", () => {
    const { answer: text, ...record } = keep(true);
    const sealed = Buffer.from(text, "base64");
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(refusal({}, { ...record, answer: changed.toString("base64") })).toBe(
        "secret_not_replayable",
      );
    }
  });
});
