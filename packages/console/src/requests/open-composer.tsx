import { Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError, type ServiceRequest, type Visibility } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { EyeOff } from "lucide-react";
import { type KeyboardEvent, useEffect, useId } from "react";
import { mutations } from "../app/client.ts";
import { clearDraft, useDraft } from "../app/drafts.ts";
import { useFailureText } from "../app/failure.tsx";
import { useOnline } from "../app/online.ts";
import { firstName, squareName } from "../app/person-name.ts";
import { useMe } from "../app/session.tsx";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { PersonGlyph } from "../kit/glyphs.tsx";
import { toast } from "../kit/toast.tsx";
import { draftKey } from "./draft-key.ts";
import type { Writing } from "./use-presence.ts";

/** The longest comment that the server takes, in characters. */
const MOST = 10_000;

/** Where one writes: to the requester, or for the team, which looks like nothing else. */
export function OpenComposer({
  request,
  visibility,
  isOwn,
  writing,
  onClose,
}: {
  request: ServiceRequest;
  visibility: Visibility;
  isOwn: boolean;
  writing: Writing;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const me = useMe();
  const online = useOnline();
  const failureText = useFailureText();
  const hintId = useId();
  const internal = visibility === "INTERNAL";
  const key = draftKey(me.id, request.id, visibility);
  const [text, setText] = useDraft(key);
  const send = useMutation(mutations.comments.create());
  useEffect(() => writing.pause, [writing]);
  const requester = firstName(request.requester);
  const length = [...text].length;
  const isTooLong = length > MOST;
  const canSend = online && !isTooLong && text.trim() !== "" && !send.isPending;

  const submit = () => {
    if (!canSend) return;
    const again = ServiceFlowError.is(send.error) ? send.error.idempotencyKey : undefined;
    send
      .mutateAsync({
        serviceRequestId: request.id,
        body: text,
        visibility,
        // Sent once, even if the first attempt arrived and its answer did not.
        ...(send.variables?.body === text ? { idempotencyKey: again } : {}),
      })
      // Also when the page is another one by now: what was sent is not a draft any more.
      .then(() => {
        clearDraft(key, text);
        onClose();
      })
      .catch(() => {});
  };
  const discard = () => {
    setText("");
    onClose();
    if (text.trim() === "") return;
    toast(t`Draft discarded.`, { label: t`Undo`, onPress: () => setText(text) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
    else if (event.key === "Escape" && !event.nativeEvent.isComposing) onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const label = internal
    ? t`Note for the team`
    : isOwn
      ? t`Comment`
      : requester === undefined
        ? t`Reply to the requester`
        : t`Reply to ${request.requester.fullName}`;
  const hint = !online
    ? t`You’re offline. It is kept here; send it when you’re back.`
    : isTooLong
      ? t`Too long by ${length - MOST} characters.`
      : text === ""
        ? ""
        : t`Draft saved on this device`;
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
      <div className="flex items-center gap-2 px-3 pt-2 text-12">
        {internal ? (
          <EyeOff aria-hidden="true" className="size-4 shrink-0 text-note-text" />
        ) : (
          <PersonGlyph name={squareName(isOwn ? me : request.requester)} mine={isOwn} />
        )}
        <span className="min-w-0 wrap-anywhere">
          <b className="text-13">{label}</b>{" "}
          <span className={internal ? "text-note-text" : "text-ink-2"}>
            {internal ? (
              requester === undefined ? (
                <Trans>The requester will not see it.</Trans>
              ) : (
                <Trans>{requester} will not see it.</Trans>
              )
            ) : isOwn || requester === undefined ? null : (
              <Trans>{requester} will see it.</Trans>
            )}
          </span>
        </span>
      </div>
      <textarea
        aria-label={label}
        aria-describedby={hintId}
        rows={4}
        // biome-ignore lint/a11y/noAutofocus: it opens by a key or a button, to write in
        autoFocus
        readOnly={send.isPending}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          writing.write(visibility);
        }}
        onBlur={writing.pause}
        onKeyDown={onKeyDown}
        className="block max-h-[40dvh] w-full resize-y bg-transparent px-3 pt-1.5 pb-2 text-14 outline-none"
      />
      {send.isError ? (
        <p role="alert" className="px-3 pb-1 text-12 text-danger">
          {failureText(send.error)} <Trans>What you wrote is still here.</Trans>
        </p>
      ) : null}
      <div className="flex flex-wrap items-center justify-end gap-2 p-2">
        <span
          id={hintId}
          role="status"
          className={cx(
            "mr-auto min-w-0 pl-1 text-12",
            isTooLong ? "text-danger" : internal ? "text-ink-2" : "text-ink-3",
          )}
        >
          {hint}
        </span>
        <Button kind="quiet" onPress={text === "" ? onClose : discard}>
          {text === "" ? <Trans>Close</Trans> : <Trans>Discard</Trans>}
        </Button>
        <Button
          type="submit"
          kind={internal ? "note" : "primary"}
          keys="Mod+Enter"
          isDisabled={!online || isTooLong}
          isPending={send.isPending}
        >
          {internal ? (
            <Trans>Add note</Trans>
          ) : isOwn || requester === undefined ? (
            <Trans>Send</Trans>
          ) : (
            <Trans>Send to {requester}</Trans>
          )}
        </Button>
      </div>
    </form>
  );
}
