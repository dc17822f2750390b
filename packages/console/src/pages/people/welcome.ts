import type { User, UserWithKey } from "@serviceflow/sdk";

/** What a new person is handed to sign in for the first time; shown once. */
export interface Welcome {
  person: User;
  kind: "key";
  secret: string;
}

/** A new person signs in with their first key. */
export function welcomeOf({ apiKey, ...person }: UserWithKey): Welcome {
  return { person, kind: "key", secret: apiKey };
}
