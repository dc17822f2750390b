import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { queryClient, sf } from "../../app/client.ts";
import { forgetDrafts } from "../../app/drafts.ts";
import { Button } from "../../kit/button.tsx";

/** Ends the session of this browser and leaves nothing of the person on the device. */
export function SignOut() {
  const end = useMutation({
    mutationFn: async () => sf.session.end(),
    onSuccess: () => {
      forgetDrafts();
      queryClient.clear();
      location.assign("/console/");
    },
  });
  return (
    <Button onPress={() => end.mutate()} isPending={end.isPending}>
      <Trans>Sign out</Trans>
    </Button>
  );
}
