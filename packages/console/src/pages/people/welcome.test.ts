import type { UserWithKey } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { invitationLink, welcomeOf } from "./welcome.ts";

const made = (kind: "HUMAN" | "BOT") => ({ id: "usr_1", kind, apiKey: "sf_first" }) as UserWithKey;
const issued = { code: "A B/1", expiresAt: "2026-03-13T12:00:00.000Z" };
const inviting = { issueFor: async () => issued } as never;
const refusing = {
  issueFor: async () => {
    throw new Error("No.");
  },
} as never;

describe("the first way in", () => {
  it.each([
    ["of a person is a link", made("HUMAN"), inviting, "invitation"],
    ["of a program is its first key", made("BOT"), inviting, "key"],
    ["of a person who cannot be invited is the first key", made("HUMAN"), refusing, "key"],
  ] as const)("%s", async (_, user, codes, kind) => {
    const welcome = await welcomeOf(user, codes, "https://sf.example.com");
    expect(welcome.kind).toBe(kind);
    expect(welcome.secret.includes("sf_first")).toBe(kind === "key");
    expect(welcome.person).not.toHaveProperty("apiKey");
  });

  it("keeps the code in the fragment", () => {
    expect(invitationLink("A B/1", "https://sf.example.com")).toBe(
      "https://sf.example.com/console/#code=A%20B%2F1",
    );
  });
});
