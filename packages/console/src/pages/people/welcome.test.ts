import type { Invitation, UserWithKey } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { invitationLink, welcomePerson, welcomeProgram } from "./welcome.ts";

describe("the first way in", () => {
  it("of a person is a link, with the code in the fragment", () => {
    const code = { code: "A B/1", expiresAt: "2026-03-13T12:00:00.000Z" };
    const welcome = welcomePerson({ user: { id: "usr_1" }, code } as Invitation, "https://sf.test");
    expect(welcome).toEqual({
      kind: "invitation",
      person: { id: "usr_1" },
      secret: invitationLink("A B/1", "https://sf.test"),
      expiresAt: code.expiresAt,
    });
    expect(welcome.secret).toBe("https://sf.test/console/#code=A%20B%2F1");
  });

  it("of a program is its first key", () => {
    const made = { id: "usr_1", apiKey: "sf_first" } as UserWithKey;
    const welcome = welcomeProgram(made);
    expect(welcome).toEqual({ kind: "key", person: { id: "usr_1" }, secret: "sf_first" });
  });
});
