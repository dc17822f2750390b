import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest, Visibility } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { EyeOff, Reply } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { mutations } from "../app/client.ts";
import { useDraft } from "../app/drafts.ts";
import { FailureBanner } from "../app/failure.tsx";
import { isStaff, useMe } from "../app/session.tsx";
import { useShortcuts } from "../app/shortcuts.tsx";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { PersonGlyph } from "../kit/glyphs.tsx";

/** Two ways to write, which cannot be taken for one another, and neither is remembered. */
export function Composer({ request }: { request: ServiceRequest }) {
  const { t } = useLingui();
  const me = useMe();
  const may = (action: "comment" | "commentInternally") => request.allowedActions.includes(action);
  const [open, setOpen] = useState<Visibility | undefined>(undefined);
  const firstName = request.requester.fullName.split(" ")[0] ?? "";
  const isOwn = request.requester.id === me.id;
  useShortcuts([
    ...(may("comment") ? [{ keys: "KeyR", label: t`Reply`, run: () => setOpen("PUBLIC") }] : []),
    ...(may("commentInternally")
      ? [{ keys: "KeyN", label: t`Note for the team`, run: () => setOpen("INTERNAL") }]
      : []),
  ]);
  if (open !== undefined) {
    return (
      <OpenComposer
        key={open}
        request={request}
        visibility={open}
        firstName={firstName}
        onClose={() => setOpen(undefined)}
      />
    );
  }
  return (
    <div className="flex flex-wrap gap-2">
      {may("comment") ? (
        <Button
          size="lg"
          keys="R"
          className="grow justify-between!"
          onPress={() => setOpen("PUBLIC")}
        >
          <span className="inline-flex items-center gap-1.5">
            <Reply aria-hidden="true" className="size-4" />
            {isOwn || !isStaff(me) ? t`Write a comment` : t`Reply to ${firstName}`}
          </span>
        </Button>
      ) : null}
      {may("commentInternally") ? (
        <Button
          size="lg"
          keys="N"
          className="grow justify-between! border-note-line! bg-note! text-note-text!"
          onPress={() => setOpen("INTERNAL")}
        >
          <span className="inline-flex items-center gap-1.5">
            <EyeOff aria-hidden="true" className="size-4" />
            <Trans>Note for the team</Trans>
          </span>
        </Button>
      ) : null}
    </div>
  );
}

function OpenComposer({
  request,
  visibility,
  firstName,
  onClose,
}: {
  request: ServiceRequest;
  visibility: Visibility;
  firstName: string;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const me = useMe();
  const internal = visibility === "INTERNAL";
  const [text, setText] = useDraft(`${me.id}.${request.id}.${visibility}`);
  const send = useMutation(mutations.comments.create());
  const isOwn = request.requester.id === me.id || !isStaff(me);
  const submit = () => {
    if (text.trim() === "" || send.isPending) return;
    send.mutate(
      { serviceRequestId: request.id, body: text, visibility },
      {
        onSuccess: () => {
          setText("");
          onClose();
        },
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const label = internal ? t`Note for the team` : isOwn ? t`Comment` : t`Reply to ${firstName}`;
  return (
    <form
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className={cx(
        "overflow-hidden rounded-6 border",
        internal
          ? "border-note-line bg-note text-note-ink"
          : "border-accent bg-sheet shadow-[0_0_0_1px_var(--color-accent)]",
      )}
    >
      {internal ? (
        <div aria-hidden="true" className="hatched h-2 border-b border-note-line" />
      ) : null}
      {send.isError ? <FailureBanner error={send.error} onClose={() => send.reset()} /> : null}
      <div className="flex items-center gap-2 px-3 pt-2 text-12">
        {internal ? (
          <EyeOff aria-hidden="true" className="size-4 text-note-text" />
        ) : (
          <PersonGlyph name={isOwn ? me.fullName : request.requester.fullName} mine={isOwn} />
        )}
        <span>
          <b className="text-13">{label}</b>{" "}
          <span className={internal ? "text-note-text" : "text-ink-2"}>
            {internal ? (
              <Trans>{firstName} will not see it.</Trans>
            ) : isOwn ? null : (
              <Trans>{firstName} will see it.</Trans>
            )}
          </span>
        </span>
      </div>
      <textarea
        aria-label={label}
        rows={4}
        // biome-ignore lint/a11y/noAutofocus: it opens by a key or a button, to write in
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="block w-full resize-y bg-transparent px-3 pt-1.5 pb-2 text-14 outline-none"
      />
      <div className="flex flex-wrap items-center gap-2 p-2">
        <span className={cx("mr-auto pl-1 text-12", internal ? "text-ink-2" : "text-ink-3")}>
          {text === "" ? null : <Trans>Draft saved on this device</Trans>}
        </span>
        <Button
          kind="quiet"
          onPress={() => {
            setText("");
            onClose();
          }}
        >
          {text === "" ? <Trans>Close</Trans> : <Trans>Discard</Trans>}
        </Button>
        <Button
          type="submit"
          kind={internal ? "note" : "primary"}
          keys="Mod+Enter"
          isPending={send.isPending}
        >
          {internal ? (
            <Trans>Add note</Trans>
          ) : isOwn ? (
            <Trans>Send</Trans>
          ) : (
            <Trans>Send to {firstName}</Trans>
          )}
        </Button>
      </div>
    </form>
  );
}
