import type { Codes, User, UserWithKey } from "@serviceflow/sdk";

/** What a new person is handed to sign in for the first time; shown once. */
export type Welcome =
  | { kind: "invitation"; person: User; secret: string; expiresAt: string }
  | { kind: "key"; person: User; secret: string };

/** The link that signs a person in, once. The code is in the fragment, which is sent to no server. */
export function invitationLink(code: string, origin: string): string {
  return `${origin}/console/#code=${encodeURIComponent(code)}`;
}

/** A person is invited by a link; a program, and a person who cannot be invited, gets the first key. */
export async function welcomeOf(
  { apiKey, ...person }: UserWithKey,
  codes: Pick<Codes, "issueFor">,
  origin: string,
): Promise<Welcome> {
  const key: Welcome = { kind: "key", person, secret: apiKey };
  if (person.kind === "BOT") return key;
  try {
    const { code, expiresAt } = await codes.issueFor(person.id, { purpose: "SESSION" });
    return { kind: "invitation", person, secret: invitationLink(code, origin), expiresAt };
  } catch {
    return key;
  }
}
