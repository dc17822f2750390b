import { describe, expect, it } from "vitest";
import { ServiceFlowError } from "./error.ts";

describe("ServiceFlowError", () => {
  it("includes its code and the request id in the message", () => {
    const cause = new Error("below");
    const error = new ServiceFlowError("timeout", "Too late.", { requestId: "req-1", cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("ServiceFlowError");
    expect(error.message).toBe("timeout: Too late. (request req-1)");
    expect(error.cause).toBe(cause);
    expect(new ServiceFlowError("timeout", "Too late.")).not.toHaveProperty("cause");
  });

  it("is recognised across copies of the package", () => {
    class OtherCopy extends Error {}
    const brand = Symbol.for("@serviceflow/sdk/ServiceFlowError");
    Object.defineProperty(OtherCopy.prototype, brand, { value: true });
    const { is } = ServiceFlowError;
    expect(is(new ServiceFlowError("x", ""))).toBe(true);
    expect(is(new OtherCopy())).toBe(true);
    expect(is(new Error("x"))).toBe(false);
    expect(is({ code: "x" })).toBe(false);
    expect(is(null)).toBe(false);
    expect(is(undefined)).toBe(false);
  });
});
