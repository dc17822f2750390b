import { useLingui } from "@lingui/react/macro";
import type { UserRef } from "@serviceflow/sdk";
import { isErased } from "../app/person-name.ts";

/** The name of a person, or that it is gone. */
export function PersonName({ person }: { person: UserRef }) {
  const { t } = useLingui();
  return isErased(person) ? t`Name erased` : person.fullName;
}
