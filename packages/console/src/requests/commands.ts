import type { MessageDescriptor } from "@lingui/core";
import { useLingui } from "@lingui/react/macro";
import type { RequestAction, ServiceRequest, ServiceRequestSummary } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { mutations } from "../app/client.ts";
import { ACTIONS } from "../app/terms.ts";
import { toast } from "../kit/toast.tsx";
import { useRefusal } from "./refusal.ts";

/** What a person may do with a request, in the order in which commands always stand. */
export interface Command {
  action: RequestAction;
  label: MessageDescriptor;
  key: string | undefined;
  /** Why not now; absent: it is allowed. */
  reason: string | undefined;
}

/** The commands of a request; what the role never may is absent. */
export function useCommands(): (request: ServiceRequestSummary) => Command[] {
  const refusal = useRefusal();
  return (request) =>
    ACTIONS.flatMap(({ action, label, key }) => {
      const reason = refusal(action, request);
      return reason === "never" ? [] : [{ action, label, key, reason: reason ?? undefined }];
    });
}

/** The commands that need no further word. */
export type PlainAction = "claim" | "start" | "finish" | "release";

/** Carries out a command on the version that is shown; what can be undone offers it. */
export function useCommand() {
  const { t } = useLingui();
  const claim = useMutation(mutations.requests.claim());
  const start = useMutation(mutations.requests.start());
  const finish = useMutation(mutations.requests.finish());
  const release = useMutation(mutations.requests.release());
  const all = { claim, start, finish, release };

  return {
    run(action: PlainAction, request: ServiceRequestSummary): Promise<ServiceRequest> {
      const done = all[action].mutateAsync({ id: request.id, ifVersion: request.version });
      void done.then(
        (after) => {
          const { id } = after;
          if (action === "claim") {
            toast(t`${id} is yours.`, {
              label: t`Undo`,
              onPress: () => release.mutate({ id, ifVersion: after.version }),
            });
          }
          if (action === "release") {
            toast(t`${id} is back in the queue.`, {
              label: t`Undo`,
              onPress: () => claim.mutate({ id, ifVersion: after.version }),
            });
          }
        },
        // Whoever asked shows the error where the command stands.
        () => {},
      );
      return done;
    },
    isPending: claim.isPending || start.isPending || finish.isPending || release.isPending,
  };
}
