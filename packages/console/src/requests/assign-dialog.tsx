import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest, User } from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Autocomplete, ListBox, ListBoxItem, useFilter } from "react-aria-components";
import { mutations, queries, sf } from "../app/client.ts";
import { LoadFailure } from "../app/failure.tsx";
import { useMe } from "../app/session.tsx";
import { ROLE_WORDS } from "../app/terms.ts";
import { Banner, SkeletonRows } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../kit/dialog.tsx";
import { Field } from "../kit/field.tsx";
import { PersonGlyph } from "../kit/glyphs.tsx";
import { Search } from "../kit/search.tsx";
import { toast } from "../kit/toast.tsx";

/** So many people are listed to choose from, at most, of each role. */
const MOST = 500;

/** Gives a request to one of those who work on requests, found by their names. */
export function AssignDialog({
  request,
  explain,
  isOpen,
  onOpenChange,
}: {
  request: ServiceRequest;
  explain: (error: unknown) => Promise<string>;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const { contains } = useFilter({ sensitivity: "base" });
  const [reason, setReason] = useState("");
  const [why, setWhy] = useState<string | undefined>();
  const assign = useMutation(mutations.requests.assign());
  const release = useMutation(mutations.requests.release());
  const { id, version, assignee } = request;
  // Taking work out of somebody's hands is explained to them; from one who has left, it needs no word.
  const needsReason =
    request.status === "IN_PROGRESS" && assignee !== null && assignee.unavailable !== true;
  const mayOnlyTake = me.role === "AGENT" && assignee?.id !== me.id;
  const people = useQuery({
    queryKey: [...queries.users.all(), "who work on requests"],
    queryFn: async ({ signal }) => await workers(signal),
    enabled: isOpen,
  });
  const choices = (people.data ?? []).filter(
    (person) => person.id !== assignee?.id && (!mayOnlyTake || person.id === me.id),
  );
  /** Where the rules allow it without another reason. */
  const undo = (after: ServiceRequest) => {
    const to = { id, ifVersion: after.version };
    const failed = (error: unknown) => void explain(error).then((text) => toast(text));
    if (assignee === null && after.allowedActions.includes("release")) {
      const onPress = () => release.mutate(to, { onError: failed });
      return { label: t`Undo`, onPress };
    }
    if (assignee === null || needsReason || me.role !== "ADMIN") return undefined;
    const onPress = () => assign.mutate({ ...to, assigneeId: assignee.id }, { onError: failed });
    return { label: t`Undo`, onPress };
  };
  const give = (person: User, close: () => void) => {
    setWhy(undefined);
    assign
      .mutateAsync({
        id,
        ifVersion: version,
        assigneeId: person.id,
        ...(needsReason ? { reason } : {}),
      })
      .then((after) => {
        toast(t`${id} is assigned to ${person.fullName}.`, undo(after));
        setReason("");
        close();
      })
      .catch(async (error: unknown) => setWhy(await explain(error)));
  };
  return (
    <Dialog title={t`Assign ${id}`} isOpen={isOpen} onOpenChange={onOpenChange}>
      {(close) => (
        <>
          {why === undefined ? null : <Banner kind="bad">{why}</Banner>}
          <DialogBody>
            {needsReason ? (
              <Field
                label={t`Reason`}
                hint={t`Work has started. The assignee will read why it changes hands.`}
                value={reason}
                onChange={setReason}
                isRequired
                autoFocus
              />
            ) : null}
            {people.isError ? (
              <LoadFailure error={people.error} retry={() => void people.refetch()} />
            ) : people.data === undefined ? (
              <SkeletonRows label={t`Loading`} rows={4} />
            ) : (
              <Autocomplete filter={contains}>
                <Search placeholder={t`Find a person`} autoFocus={!needsReason} className="h-9!" />
                <ListBox
                  aria-label={t`People`}
                  className="-mx-2 max-h-72 min-h-8 overflow-auto"
                  items={choices}
                  disabledKeys={
                    needsReason && reason.trim() === "" ? choices.map((one) => one.id) : []
                  }
                  onAction={(key) => {
                    const person = choices.find((one) => one.id === key);
                    if (person !== undefined && !assign.isPending) give(person, close);
                  }}
                  renderEmptyState={() => (
                    <p className="px-2 py-1 text-ink-2">
                      <Trans>Nobody with this name works on requests.</Trans>
                    </p>
                  )}
                >
                  {(person) => (
                    <ListBoxItem
                      id={person.id}
                      textValue={person.fullName}
                      className="flex min-h-8 items-center gap-2 rounded-2 px-2 outline-none hover:bg-hover data-disabled:text-ink-3 data-focused:bg-selected pointer-coarse:min-h-11"
                    >
                      <PersonGlyph name={person.fullName} mine={person.id === me.id} />
                      <span className="cut">{person.fullName}</span>
                      <span className="ml-auto text-12 whitespace-nowrap text-ink-3">
                        {person.id === me.id ? t`you` : i18n._(ROLE_WORDS[person.role])}
                      </span>
                    </ListBoxItem>
                  )}
                </ListBox>
              </Autocomplete>
            )}
            {mayOnlyTake ? (
              <p className="text-12 text-ink-3">
                <Trans>
                  What is not yours, you can take. An administrator can give it to others.
                </Trans>
              </p>
            ) : null}
          </DialogBody>
          <DialogFooter>
            <Button kind="quiet" onPress={close}>
              <Trans>Close</Trans>
            </Button>
          </DialogFooter>
        </>
      )}
    </Dialog>
  );
}

/** The active people who work on requests, by name. */
async function workers(signal: AbortSignal): Promise<User[]> {
  const found: User[] = [];
  for (const role of ["AGENT", "ADMIN"] as const) {
    let left = MOST;
    for await (const user of sf.users.list({ role, active: true, limit: 100 }, { signal })) {
      found.push(user);
      left -= 1;
      if (left === 0) break;
    }
  }
  return found.sort((a, b) => a.fullName.localeCompare(b.fullName));
}
