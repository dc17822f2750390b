import { DomainError, type ErrorCode } from "../error.ts";
import { CONDITIONS, type ConditionName } from "./conditions.ts";
import type { Role } from "./roles.ts";

/** Why an action is refused: the code of the error, the reason in words, and its facts. */
export interface Refusal {
  code: ErrorCode;
  detail: string;
  facts: Readonly<Record<string, unknown>>;
}

/** A refusal as the error that the caller receives. */
export function refused({ code, detail, facts }: Refusal): DomainError {
  return new DomainError(code, detail, { facts });
}

export function forbidden(action: string, role: Role, condition: ConditionName): Refusal {
  const detail =
    condition === "never"
      ? `${action} is not allowed for ${role}.`
      : `${action} is allowed for ${role} ${CONDITIONS[condition].words}.`;
  return { code: "forbidden", detail, facts: { rule: `${action}:${role}:${condition}` } };
}
