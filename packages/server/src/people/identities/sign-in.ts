import { DomainError } from "@serviceflow/domain";
import type { CommandContext } from "../../context.ts";
import type { ProvenPerson } from "../../oidc/claims.ts";
import type { StartedSession } from "../sessions/commands.ts";
import { linkIdentity, newPerson, signUp, startFor, takeRole } from "./commands.ts";
import { findByEmail, findBySubject, type PersonRow } from "./store.ts";

/** Why somebody is not let in. They all look alike from outside; the log of the server tells them apart. */
export type Refusal =
  | "unverified_address"
  | "invalid_address"
  | "unknown_user"
  | "inactive_user"
  | "service_account"
  | "another_account";

/** The provider vouches for a person, but they have no user here who may sign in. */
export class NotAdmitted extends Error {
  override readonly name = "NotAdmitted";
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(reason);
    this.reason = reason;
  }
}

const LEFT: readonly string[] = ["unauthenticated", "user_erased"];
/** Another sign-in of the same person may be in between. */
const ATTEMPTS = 3;

/**
 * Signs in a person the provider vouches for: the user bound to their account, else the one with their verified
 * address, who is bound to it from now on, else a new one if strangers may sign up.
 * @throws NotAdmitted
 * @throws DomainError `last_admin` when the provider takes the role from the last administrator
 */
export async function signIn(
  ctx: Omit<CommandContext, "actor">,
  person: ProvenPerson,
  { signsUp }: { signsUp: boolean },
): Promise<StartedSession> {
  const user = await admit(ctx, person, signsUp);
  try {
    if (person.role !== null && person.role !== user.role) {
      await takeRole(ctx, user.id, person.role);
    }
    return await startFor(ctx, user, person);
  } catch (error) {
    // Deactivated or erased since.
    const hasLeft = error instanceof DomainError && LEFT.includes(error.code);
    throw hasLeft ? new NotAdmitted("inactive_user") : error;
  }
}

async function admit(
  ctx: Omit<CommandContext, "actor">,
  person: ProvenPerson,
  signsUp: boolean,
): Promise<PersonRow> {
  if (person.email === null) throw new NotAdmitted("unverified_address");
  const input = newPerson(person.email, person.fullName);
  if (input === null) throw new NotAdmitted("invalid_address");
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const bound = await findBySubject(ctx.db, person);
    if (bound) return requireWelcome(bound);
    const known = await findByEmail(ctx.db, person, input.email);
    if (known) {
      requireWelcome(known);
      if (known.hasAnother) throw new NotAdmitted("another_account");
      await linkIdentity(ctx, known, person);
    } else if (signsUp) await signUpOnce(ctx, input, person);
    else throw new NotAdmitted("unknown_user");
  }
  throw new DomainError("write_conflict", "Others keep changing this at the same time; try again.");
}

function requireWelcome(user: PersonRow): PersonRow {
  if (!user.active || user.erasedAt !== null) throw new NotAdmitted("inactive_user");
  if (user.kind !== "HUMAN") throw new NotAdmitted("service_account");
  return user;
}

async function signUpOnce(
  ctx: Omit<CommandContext, "actor">,
  input: NonNullable<ReturnType<typeof newPerson>>,
  person: ProvenPerson,
): Promise<void> {
  try {
    await signUp(ctx, input, person);
  } catch (error) {
    if (!(error instanceof DomainError && error.code === "email_taken")) throw error;
  }
}
