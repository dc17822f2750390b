import { useLingui } from "@lingui/react/macro";
import type { ServiceRequest, UpdateRequestInput } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { mutations, queries, queryClient } from "../app/client.ts";
import { toast } from "../kit/toast.tsx";
import type { useFailure } from "./use-failure.ts";

type Field = "priority" | "category";

/** A change of one field: its new value, and the words for both. */
export interface Edit {
  field: Field;
  name: string;
  to: string;
  words: (value: string) => string;
}

/**
 * Changes one field at once, before the server has answered. It can be undone for 10 seconds; if the server refuses, the
 * old value comes back, and the reason is said.
 */
export function useEdit({ explain, show, clear }: ReturnType<typeof useFailure>) {
  const { t } = useLingui();
  const update = useMutation(mutations.requests.update());

  return async function edit(
    request: ServiceRequest,
    change: Edit,
    undoing = false,
  ): Promise<void> {
    const { field, name, to, words } = change;
    const { id } = request;
    const { queryKey } = queries.requests.get(id);
    clear();
    // A refetch under way would write the old value over the new one.
    await queryClient.cancelQueries({ queryKey });
    const before = queryClient.getQueryData<ServiceRequest>(queryKey) ?? request;
    const from = before[field];
    const patch = { [field]: to } as Pick<UpdateRequestInput, Field>;
    const shown = { ...before, ...patch } as ServiceRequest;
    queryClient.setQueryData(queryKey, shown);
    try {
      const after = await update.mutateAsync({ id, ifVersion: before.version, ...patch });
      if (undoing) return;
      const back = { ...change, to: from };
      const value = words(to);
      toast(t`${id}, ${name}: ${value}.`, {
        label: t`Undo`,
        onPress: () => void edit(after, back, true),
      });
    } catch (error) {
      if (queryClient.getQueryData(queryKey) === shown) {
        queryClient.setQueryData(queryKey, before);
      }
      const value = words(to);
      const wish = {
        label: t`Set to ${value} anyway`,
        fields: { [field]: to },
        again: (fresh: ServiceRequest) => void edit(fresh, change),
      };
      const why = await explain(error, before, wish, "update");
      void queryClient.invalidateQueries({ queryKey });
      if (why.kind === "conflict") return show(why);
      const old = words(from);
      toast(t`${id}, ${name} is ${old} again. ${why.text}`);
    }
  };
}
