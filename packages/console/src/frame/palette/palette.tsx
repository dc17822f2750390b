import { Trans, useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, useRef, useState } from "react";
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  TextField,
} from "react-aria-components";
import { here } from "../../app/here.ts";
import { cx } from "../../kit/cx.ts";
import { Keys } from "../../kit/key.tsx";
import { type Entry, useEntries } from "./entries.tsx";

/** Everything there is to run and to find, by typing. It knows the request that one is on until one leaves it. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const [request, setRequest] = useState(() => here()?.request);
  const inNewTab = useRef(false);
  const sections = useEntries(typed, request !== undefined);

  const run = (entry: Entry | undefined) => {
    // What is refused stays to be read: its rule stands beside it.
    if (entry === undefined || entry.reason !== undefined) return;
    onClose();
    if (inNewTab.current && entry.href !== undefined) {
      window.open(entry.href, "_blank", "noopener");
      return;
    }
    // When the focus is back where it was: some commands move it on.
    requestAnimationFrame(() => requestAnimationFrame(entry.run));
  };

  // What is found arrives after one has typed: until one moves, the first that can run is the one.
  const first =
    typed.trim() === ""
      ? undefined
      : sections.flatMap(({ entries }) => entries).find(({ reason }) => reason === undefined);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Backspace" && typed === "") setRequest(undefined);
    if (event.key !== "Enter") return;
    inNewTab.current = event.metaKey || event.ctrlKey;
    if (isChosen(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    run(first);
  };

  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className="appear fixed inset-0 z-(--z-palette) flex items-start justify-center bg-scrim px-3 pt-3 tablet:pt-22"
    >
      <Modal className="w-full max-w-160 overflow-hidden rounded-6 bg-raised shadow-dialog">
        <Dialog aria-label={t`Search or run`} className="outline-none">
          <div role="presentation" onKeyDownCapture={onKeyDown}>
            <Autocomplete inputValue={typed} onInputChange={setTyped}>
              <div className="flex h-12 items-center gap-2.5 border-b border-line px-3.5">
                {request === undefined ? null : (
                  <span className="inline-flex h-5.5 items-center rounded-2 bg-accent-tint px-1.75 text-12 font-medium whitespace-nowrap text-accent">
                    {request}
                  </span>
                )}
                <TextField
                  aria-label={t`Search or run`}
                  {...(request === undefined
                    ? {}
                    : { "aria-description": t`On ${request}. Backspace leaves it.` })}
                  autoFocus
                  className="min-w-0 grow"
                >
                  <Input
                    placeholder={t`A command, a request, a person`}
                    className="w-full bg-transparent text-16 outline-none placeholder:text-ink-3"
                  />
                </TextField>
                <Keys keys="Esc" />
              </div>
              <Menu
                // What scrolls can be scrolled by keys, also without the field.
                ref={(list) => list?.setAttribute("tabindex", "0")}
                aria-label={t`Commands and what was found`}
                items={sections}
                onAction={(key) =>
                  run(sections.flatMap(({ entries }) => entries).find(({ id }) => id === key))
                }
                className="max-h-[min(420px,60dvh)] overflow-auto p-1 outline-none [&:not(:has([data-focused]))_[data-first]]:bg-selected"
                renderEmptyState={() => (
                  <p className="px-2.5 py-3 text-ink-2">
                    <Trans>Nothing is called that. Try an id, a word of the title or a name.</Trans>
                  </p>
                )}
              >
                {({ id, title, entries }) => (
                  <MenuSection id={id} items={entries} dependencies={[entries]}>
                    <Header className="px-2.5 pt-2 pb-1 text-12 font-medium text-ink-3">
                      {title}
                    </Header>
                    {entries.map((entry) => (
                      <Line key={entry.id} entry={entry} isFirst={entry === first} />
                    ))}
                  </MenuSection>
                )}
              </Menu>
            </Autocomplete>
          </div>
          <Footer request={request} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Whether one has moved to a line: the field says which. */
function isChosen(field: EventTarget): boolean {
  return field instanceof Element && field.hasAttribute("aria-activedescendant");
}

function Line({ entry, isFirst }: { entry: Entry; isFirst: boolean }) {
  const { id, icon, before, label, keys, reason } = entry;
  const words = label.map(({ text }) => text).join("");
  return (
    <MenuItem
      id={id}
      {...(isFirst ? { "data-first": "" } : {})}
      textValue={reason === undefined ? words : `${words}. ${reason}`}
      className={cx(
        "flex min-h-8 items-center gap-2.5 rounded-2 px-2.5 py-1 outline-none data-focused:bg-selected pointer-coarse:min-h-11",
        reason !== undefined && "text-ink-3",
      )}
    >
      <span className="grid w-5 shrink-0 place-items-center [&>svg]:size-4" aria-hidden="true">
        {icon}
      </span>
      {before === undefined ? null : (
        <span className="shrink-0 whitespace-nowrap text-ink-3">{before}</span>
      )}
      <span className={reason === undefined ? "cut" : "shrink-0"}>
        {label.map(({ text, hit }, index) =>
          hit ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one label
            <mark key={index} className="bg-transparent font-semibold text-accent">
              {text}
            </mark>
          ) : (
            text
          ),
        )}
      </span>
      {reason === undefined ? null : (
        <span className="min-w-0 text-12 text-pretty text-ink-3">{reason}</span>
      )}
      {keys === undefined ? null : <Keys keys={keys} className="ml-auto pl-4" />}
    </MenuItem>
  );
}

function Footer({ request }: { request: string | undefined }) {
  const hint = "flex items-center gap-1.5";
  return (
    <footer
      aria-hidden="true"
      className="flex gap-4 border-t border-line bg-ground px-3.5 py-2 text-12 text-ink-3 pointer-coarse:hidden max-tablet:hidden"
    >
      <span className={hint}>
        <Keys keys="↑ ↓" /> <Trans>choose</Trans>
      </span>
      <span className={hint}>
        <Keys keys="Enter" /> <Trans>run</Trans>
      </span>
      <span className={hint}>
        <Keys keys="Mod+Enter" /> <Trans>in a new tab</Trans>
      </span>
      {request === undefined ? null : (
        <span className={hint}>
          <Keys keys="⌫" /> <Trans>leave {request}</Trans>
        </span>
      )}
    </footer>
  );
}
