import { DomainError } from "@serviceflow/domain";

export function noSuchUser(): DomainError {
  return new DomainError("not_found", "There is no such user that you can see.");
}
