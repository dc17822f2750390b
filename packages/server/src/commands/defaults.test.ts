import { createRequestInput } from "@serviceflow/domain/contract";
import { describe, expect, it } from "vitest";
import { alikeFingerprints, defaultsOf } from "./defaults.ts";
import { fingerprintOf } from "./idempotency.ts";

const PROCEDURE = "requests.create";
const DEFAULTS = defaultsOf(createRequestInput, {
  description: "",
  priority: "NORMAL",
  category: "general",
});

function isAlike(first: object, second: object): boolean {
  const kept = Buffer.from(fingerprintOf(PROCEDURE, createRequestInput.parse(first)));
  const again = createRequestInput.parse(second);
  return [...alikeFingerprints(PROCEDURE, again, DEFAULTS)].some((each) => kept.equals(each));
}

const title = "Laptop";

describe("calls that mean the same", () => {
  it.each([
    [{ title }, { title }],
    [{ title }, { title, priority: "NORMAL" }],
    [{ title, priority: "NORMAL" }, { title }],
    [
      { title, description: "" },
      { title, category: "general" },
    ],
    [
      { category: "general", priority: "NORMAL", title },
      { title, description: "  " },
    ],
    [
      { title, priority: "HIGH" },
      { title, priority: "HIGH", description: "", category: "general" },
    ],
    [
      { title, followsUp: "SF-1001" },
      { followsUp: "SF-1001", priority: "NORMAL", title },
    ],
  ])("%j and %j", (first, second) => expect(isAlike(first, second)).toBe(true));

  it.each([
    [{ title }, { title: "Other" }],
    [{ title }, { title, priority: "HIGH" }],
    [{ title, priority: "HIGH" }, { title }],
    [
      { title, priority: "HIGH" },
      { title, priority: "NORMAL" },
    ],
    [{ title }, { title, description: "x" }],
    [{ title, followsUp: "SF-1001" }, { title }],
    [{ title, category: "it" }, { title }],
  ])("are not %j and %j", (first, second) => expect(isAlike(first, second)).toBe(false));
});
