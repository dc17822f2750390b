import { useLingui } from "@lingui/react/macro";
import type { EventType, UserRef, Webhook } from "@serviceflow/sdk";
import type { FieldWords } from "../admin/notices.tsx";

/** What of an endpoint several administrators can change at once, in words. */
export function useWebhookFields(): FieldWords<Webhook>[] {
  const { t } = useLingui();
  return [
    { field: "url", name: t`Address`, show: (url: string) => url },
    { field: "description", name: t`What it is for`, show: (text: string) => text || "—" },
    {
      field: "eventTypes",
      name: t`Events`,
      show: (types: EventType[]) => (types.length === 0 ? t`All` : types.join(", ")),
    },
    {
      field: "includeInternal",
      name: t`Internal comments too`,
      show: (on: boolean) => (on ? t`yes` : t`no`),
    },
    { field: "owner", name: t`Owner`, show: (owner: UserRef | null) => owner?.fullName ?? "—" },
    {
      field: "active",
      name: t`State`,
      show: (active: boolean) => (active ? t`Enabled` : t`Disabled`),
    },
    { field: "oldSecretUntil", name: t`Old secret until`, show: (at: string | null) => at ?? "—" },
  ];
}
