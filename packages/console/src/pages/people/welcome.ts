import type { Invitation, User, UserWithKey } from "@serviceflow/sdk";

/** What somebody new is handed to sign in for the first time; shown once. */
export type Welcome =
  | { kind: "invitation"; person: User; secret: string; expiresAt: string }
  | { kind: "key"; person: User; secret: string };

/** The link that signs a person in, once. The code is in the fragment, which is sent to no server. */
export function invitationLink(code: string, origin: string): string {
  return `${origin}/console/#code=${encodeURIComponent(code)}`;
}

/** A person, who has no key before they issue one. */
export function welcomePerson({ user, code }: Invitation, origin: string): Welcome {
  const { expiresAt } = code;
  const secret = invitationLink(code.code, origin);
  return { kind: "invitation", person: user, secret, expiresAt };
}

/** A program, which signs in with its first key. */
export function welcomeProgram({ apiKey, ...person }: UserWithKey): Welcome {
  return { kind: "key", person, secret: apiKey };
}
