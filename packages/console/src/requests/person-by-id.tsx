import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../app/client.ts";
import { isStaff, useMe } from "../app/session.tsx";

/** The name of a person by the id that the log has. */
export function PersonById({ id }: { id: unknown }) {
  const { t } = useLingui();
  const me = useMe();
  const known = typeof id === "string" && id !== me.id && isStaff(me);
  const user = useQuery({ ...queries.users.get(String(id)), enabled: known, staleTime: 300_000 });
  if (id === me.id) return t`you`;
  return user.data?.fullName ?? t`another person`;
}
