import { useLingui } from "@lingui/react/macro";
import type { Delivery } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import { Button } from "../../kit/button.tsx";
import { toast } from "../../kit/toast.tsx";
import { useRefusalText } from "../admin/refusal-text.ts";
import { refreshWebhooks } from "./refresh-webhooks.ts";

/** Sends again each of the deliveries that are shown, one after the other, and says what became of them. */
export function ReplayFailed({
  hook,
  deliveries,
}: {
  hook: string;
  deliveries: readonly Delivery[];
}) {
  const { t } = useLingui();
  const refusalText = useRefusalText();
  const replay = useMutation({
    mutationFn: async (ids: readonly string[]) => {
      let sent = 0;
      let refused: unknown;
      for (const deliveryId of ids) {
        try {
          await sf.webhooks.replay(hook, { deliveryId });
          sent += 1;
        } catch (error) {
          refused ??= error;
        }
      }
      return { sent, failed: ids.length - sent, refused };
    },
    onSuccess: ({ sent, failed, refused }) => {
      refreshWebhooks();
      toast(
        failed === 0
          ? t`Sent again: ${sent}.`
          : `${t`Sent again: ${sent}, refused: ${failed}.`} ${refusalText(refused)}`,
      );
    },
  });
  return (
    <Button
      size="sm"
      className="ml-auto"
      isPending={replay.isPending}
      onPress={() => replay.mutate(deliveries.map(({ id }) => id))}
    >
      {t`Send again: ${deliveries.length}`}
    </Button>
  );
}
