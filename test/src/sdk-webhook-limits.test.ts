import { randomBytes } from "node:crypto";
import { createHandler, signWebhook, verifyWebhook } from "@serviceflow/sdk/webhooks";
import { afterEach, describe, expect, it, vi } from "vitest";

const SECRETS = Array.from({ length: 2 }, () => `whsec_${randomBytes(32).toString("base64")}`);
const NOW = new Date("2026-03-02T08:00:00Z");
const now = () => NOW;
const BODY = JSON.stringify({ data: { id: "evt_1", type: "request.created" } });

/** Counts the HMACs that the platform computes. */
function countHmacs(): () => number {
  const { subtle } = globalThis.crypto;
  const spies = [vi.spyOn(subtle, "verify"), vi.spyOn(subtle, "sign")];
  return () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

/** A body that counts the bytes that are read of it. */
function countedBody(size: number) {
  const read = { bytes: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        read.bytes += 1_000;
        controller.enqueue(new Uint8Array(1_000).fill(120));
        if (read.bytes >= size) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { read, body };
}

const wrong = (bytes: number) => `v1,${randomBytes(bytes).toString("base64")}`;
const many = (count: number, bytes = 32) =>
  Array.from({ length: count }, () => wrong(bytes)).join(" ");

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the work that a forged delivery makes", () => {
  async function forge(changes: Record<string, string>, code: string) {
    const signed = await signWebhook(BODY, SECRETS, { sentAt: NOW });
    const hmacs = countHmacs();
    const { read, body } = countedBody(90_000);
    const headers = new Headers({ ...signed, ...changes });
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const delivery = verifyWebhook(new Request("http://bot.test/", init), SECRETS, { now });
    await expect(delivery).rejects.toMatchObject({ code });
    return { hmacs: hmacs(), bytes: read.bytes };
  }

  it.each([
    [
      "an old timestamp",
      { "webhook-timestamp": String(NOW.getTime() / 1000 - 301) },
      "signature_expired",
    ],
    [
      "a future timestamp",
      { "webhook-timestamp": String(NOW.getTime() / 1000 + 301) },
      "signature_expired",
    ],
    ["a timestamp of no number", { "webhook-timestamp": "NaN" }, "invalid_signature"],
    [
      "signatures of other lengths",
      { "webhook-signature": `${many(5, 31)} ${many(5, 33)} v1,` },
      "invalid_signature",
    ],
    [
      "signatures of other versions",
      { "webhook-signature": `v1a,${"A".repeat(44)} v2,${"A".repeat(44)}` },
      "invalid_signature",
    ],
    [
      "4,000 signatures",
      { "webhook-signature": Array.from({ length: 4_000 }, () => "v1,AA==").join(" ") },
      "invalid_signature",
    ],
    ["a long id", { "webhook-id": "m".repeat(257) }, "invalid_signature"],
  ])("takes neither an HMAC nor a read of the body, for %s", async (_what, headers, code) => {
    expect(await forge(headers, code)).toEqual({ hmacs: 0, bytes: 0 });
  });

  it("is ten HMACs for each secret, with any number of signatures", async () => {
    const { hmacs } = await forge({ "webhook-signature": many(40) }, "invalid_signature");
    expect(hmacs).toBe(10 * SECRETS.length);
  });

  it("is refused when the clock of the receiver or the tolerance is NaN", async () => {
    const headers = await signWebhook(BODY, SECRETS, { sentAt: NOW });
    for (const options of [
      { now: () => new Date(Number.NaN) },
      { now, toleranceSeconds: Number.NaN },
    ]) {
      const delivery = verifyWebhook({ headers, body: BODY }, SECRETS, options);
      await expect(delivery).rejects.toMatchObject({ code: "signature_expired" });
    }
  });
});

describe("a genuine delivery", () => {
  it.each([
    ["after nine others", (signature: string) => `${many(9)} ${signature}`, true],
    ["after ten others", (signature: string) => `${many(10)} ${signature}`, false],
    [
      "after other versions and lengths",
      (signature: string) => `v1a,AAAA ${wrong(31)} ${wrong(33)} ${signature}`,
      true,
    ],
  ])("is found %s: %s", async (_where, put, isFound) => {
    const headers = await signWebhook(BODY, SECRETS[0] as string, { sentAt: NOW });
    headers["webhook-signature"] = put(headers["webhook-signature"]);
    const response = await createHandler({ secret: SECRETS, now, onError: () => {} })(
      new Request("http://bot.test/", { method: "POST", headers, body: BODY }),
    );
    expect(response.status).toBe(isFound ? 204 : 401);
  });

  it("costs at most one HMAC for each signature and secret", async () => {
    const headers = await signWebhook(BODY, [...SECRETS].reverse(), { sentAt: NOW });
    const hmacs = countHmacs();
    await verifyWebhook({ headers, body: BODY }, SECRETS, { now });
    expect(hmacs()).toBeLessThanOrEqual(4);
  });
});
