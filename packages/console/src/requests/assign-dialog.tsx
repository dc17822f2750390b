import { Trans, useLingui } from "@lingui/react/macro";
import type { Role, ServiceRequest, UserMatch } from "@serviceflow/sdk";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
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
import { FilterField } from "../kit/filter-field.tsx";
import { PersonGlyph } from "../kit/glyphs.tsx";
import { toast } from "../kit/toast.tsx";

const WORKERS: Role[] = ["AGENT", "ADMIN"];
/** So many people of each role are offered before one types. */
const OFFERED = 50;

type Person = Pick<UserMatch, "id" | "fullName" | "role">;

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
  const [words, setWords] = useState("");
  const [reason, setReason] = useState("");
  const [why, setWhy] = useState<string | undefined>();
  const assign = useMutation(mutations.requests.assign());
  const release = useMutation(mutations.requests.release());
  const { id, version, assignee } = request;
  // Taking work out of somebody's hands is explained to them; from one who has left, it needs no word.
  const needsReason =
    request.status === "IN_PROGRESS" && assignee !== null && assignee.unavailable !== true;
  const mayOnlyTake = me.role === "AGENT" && assignee?.id !== me.id;
  const q = words.trim();
  const offered = useQuery({
    queryKey: [...queries.users.all(), "who work on requests"],
    queryFn: async ({ signal }) => await workers(signal),
    enabled: isOpen && !mayOnlyTake,
  });
  const found = useQuery({
    ...queries.users.search({ q, role: WORKERS }),
    enabled: isOpen && !mayOnlyTake && q !== "",
    placeholderData: keepPreviousData,
  });
  const isBehind = q !== "" && (found.data === undefined || found.isPlaceholderData);
  const asked = q === "" ? offered : found;
  const listed: readonly Person[] | undefined = mayOnlyTake
    ? [me]
    : q === ""
      ? offered.data
      : (found.data?.items ?? offered.data);
  const choices = (listed ?? []).filter(
    // Until the server answers, Enter takes nobody whose name was not typed.
    (one) => one.id !== assignee?.id && (!isBehind || contains(one.fullName, q)),
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
  const give = (person: Person, close: () => void) => {
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
            <Autocomplete inputValue={words} onInputChange={setWords}>
              <FilterField
                placeholder={t`Find a person`}
                autoFocus={!needsReason}
                className="h-9!"
              />
              {asked.isError ? (
                <LoadFailure error={asked.error} retry={() => void asked.refetch()} />
              ) : listed === undefined ? (
                <SkeletonRows label={t`Loading`} rows={4} />
              ) : (
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
                  renderEmptyState={() =>
                    isBehind && !mayOnlyTake ? null : (
                      <p className="px-2 py-1 text-ink-2">
                        <Trans>Nobody with this name works on requests.</Trans>
                      </p>
                    )
                  }
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
                        {person.id === me.id
                          ? t`you`
                          : person.role === null
                            ? null
                            : i18n._(ROLE_WORDS[person.role])}
                      </span>
                    </ListBoxItem>
                  )}
                </ListBox>
              )}
            </Autocomplete>
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

/** Some of the active people who work on requests, by name: all of them unless there are many. */
async function workers(signal: AbortSignal): Promise<Person[]> {
  const pages = await Promise.all(
    WORKERS.map((role) => sf.users.list({ role, active: true, limit: OFFERED }, { signal })),
  );
  return pages.flatMap(({ items }) => items).sort((a, b) => a.fullName.localeCompare(b.fullName));
}
