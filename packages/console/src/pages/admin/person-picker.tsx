import { Trans, useLingui } from "@lingui/react/macro";
import type { UserMatch } from "@serviceflow/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useMe } from "../../app/session.tsx";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { FilterField } from "../../kit/filter-field.tsx";
import { PersonGlyph } from "../../kit/glyphs.tsx";

/** Finds a person by the beginnings of names or the whole address. */
export function PersonPicker({
  title,
  onPick,
  onClose,
}: {
  title: string;
  onPick: (person: Pick<UserMatch, "id" | "fullName">) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const me = useMe();
  const [words, setWords] = useState("");
  const q = words.trim();
  const found = useQuery({
    ...queries.users.search({ q }),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
  const people = q === "" ? [me] : (found.data?.items ?? []);
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DialogBody>
        <FilterField
          placeholder={t`Name or whole address`}
          value={words}
          onChange={setWords}
          autoFocus
        />
        {found.isError ? (
          <LoadFailure error={found.error} retry={() => void found.refetch()} />
        ) : (
          <ListBox
            aria-label={t`People`}
            className="max-h-72 min-h-8 overflow-auto"
            items={people}
            onAction={(id) => {
              const person = people.find((one) => one.id === id);
              if (person !== undefined) onPick(person);
            }}
            renderEmptyState={() =>
              found.isFetching ? null : (
                <p className="px-2 py-1 text-ink-2">
                  <Trans>No active person has this name or address.</Trans>
                </p>
              )
            }
          >
            {(person) => (
              <ListBoxItem
                id={person.id}
                textValue={person.fullName}
                className="flex min-h-8 items-center gap-2 rounded-2 px-2 outline-none hover:bg-hover data-focused:bg-selected pointer-coarse:min-h-11"
              >
                <PersonGlyph name={person.fullName} mine={person.id === me.id} />
                <span className="cut">{person.fullName}</span>
                {person.email === null ? null : (
                  <span className="cut ml-auto text-12 text-ink-3">{person.email}</span>
                )}
              </ListBoxItem>
            )}
          </ListBox>
        )}
      </DialogBody>
      <DialogFooter>
        <Button kind="quiet" onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
