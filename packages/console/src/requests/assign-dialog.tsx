import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest, User } from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { mutations, queries } from "../app/client.ts";
import { FailureBanner } from "../app/failure.tsx";
import { useMe } from "../app/session.tsx";
import { ROLE_WORDS } from "../app/terms.ts";
import { SkeletonRows } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../kit/dialog.tsx";
import { PersonGlyph } from "../kit/glyphs.tsx";
import { Search } from "../kit/search.tsx";

/** Whom a request is given to: those who work on requests, found by their names. */
export function AssignDialog({
  request,
  isOpen,
  onOpenChange,
}: {
  request: ServiceRequest;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [words, setWords] = useState("");
  const assign = useMutation(mutations.requests.assign());
  const agents = useQuery({
    ...queries.users.list({ role: "AGENT", active: true, limit: 100 }),
    enabled: isOpen,
  });
  const admins = useQuery({
    ...queries.users.list({ role: "ADMIN", active: true, limit: 100 }),
    enabled: isOpen && me.role === "ADMIN",
  });
  const people = [...(agents.data?.items ?? []), ...(admins.data?.items ?? [])]
    .filter(({ id }) => id !== request.assignee?.id)
    .filter(({ fullName }) =>
      fullName.toLocaleLowerCase().includes(words.trim().toLocaleLowerCase()),
    )
    .sort((a, b) => a.fullName.localeCompare(b.fullName));
  const give = (person: Pick<User, "id">, close: () => void) =>
    assign.mutate(
      { id: request.id, ifVersion: request.version, assigneeId: person.id },
      { onSuccess: close },
    );
  return (
    <Dialog title={t`Assign ${request.id}`} isOpen={isOpen} onOpenChange={onOpenChange}>
      {(close) => (
        <>
          <DialogBody>
            {assign.isError ? (
              <FailureBanner error={assign.error} onClose={() => assign.reset()} />
            ) : null}
            <Search placeholder={t`Find a person`} value={words} onChange={setWords} autoFocus />
            {agents.data === undefined ? (
              <SkeletonRows label={t`Loading`} rows={4} />
            ) : (
              <ListBox
                aria-label={t`People`}
                className="max-h-72 overflow-auto"
                items={people}
                onAction={(id) => give({ id: String(id) }, close)}
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
                    className="flex min-h-8 items-center gap-2 rounded-2 px-2 outline-none hover:bg-hover data-focused:bg-selected pointer-coarse:min-h-11"
                  >
                    <PersonGlyph name={person.fullName} mine={person.id === me.id} />
                    {person.fullName}
                    <span className="ml-auto text-12 text-ink-3">
                      {i18n._(ROLE_WORDS[person.role])}
                    </span>
                  </ListBoxItem>
                )}
              </ListBox>
            )}
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
