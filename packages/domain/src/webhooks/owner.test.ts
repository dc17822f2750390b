import { describe, expect, it } from "vitest";
import { ROLES } from "../rules/roles.ts";
import { OWNER_FAULTS, type OwnerFault, ownerFault } from "./owner.ts";

const AT = "2026-03-02T08:00:00.000Z";

describe("an owner's authority over a webhook", () => {
  it.each(
    ROLES.flatMap((role) =>
      [true, false].flatMap((active) => [null, AT].map((erasedAt) => ({ role, active, erasedAt }))),
    ),
  )("of %o", (owner) => {
    const expected: OwnerFault | null =
      owner.erasedAt !== null
        ? "OWNER_ERASED"
        : !owner.active
          ? "OWNER_DEACTIVATED"
          : owner.role === "ADMIN"
            ? null
            : "OWNER_LOST_ROLE";
    expect(ownerFault(owner)).toBe(expected);
    expect(ownerFault({ ...owner, erasedAt: owner.erasedAt && new Date(AT) })).toBe(expected);
  });

  it("is none while the owner is unknown", () => {
    expect(ownerFault(null)).toBe("OWNER_UNKNOWN");
    expect(OWNER_FAULTS).toHaveLength(4);
  });
});
