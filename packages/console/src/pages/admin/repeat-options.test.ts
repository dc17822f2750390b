import { ServiceFlowError } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { repeatOptions } from "./repeat-options.ts";

const lost = new ServiceFlowError("network_error", "Lost.", {
  retryable: true,
  idempotencyKey: "k",
});
const refused = new ServiceFlowError("email_taken", "Taken.", { idempotencyKey: "k" });

describe("a call that is sent again", () => {
  it.each<[string, unknown, object | undefined, object, object]>([
    [
      "keeps its key after a lost answer",
      lost,
      { name: "a" },
      { name: "a" },
      { idempotencyKey: "k" },
    ],
    ["has another key with another input", lost, { name: "a" }, { name: "b" }, {}],
    ["has another key after a refusal", refused, { name: "a" }, { name: "a" }, {}],
    ["has its own key the first time", null, undefined, { name: "a" }, {}],
  ])("%s", (_, error, before, input, expected) => {
    expect(repeatOptions(error, before, input)).toEqual(expected);
  });
});
