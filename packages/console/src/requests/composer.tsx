import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest, Visibility } from "@serviceflow/sdk";
import { EyeOff, Reply } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useDraft } from "../app/drafts.ts";
import { useHere } from "../app/here.ts";
import { firstName } from "../app/person-name.ts";
import { isStaff, useMe } from "../app/session.tsx";
import { useShortcuts } from "../app/shortcuts.tsx";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { draftKey } from "./draft-key.ts";
import { OpenComposer } from "./open-composer.tsx";
import type { Writing } from "./use-presence.ts";

/** Two ways to write, which cannot be taken for one another, and neither is remembered: give it the request's id as key. */
export function Composer({ request, writing }: { request: ServiceRequest; writing: Writing }) {
  const { t } = useLingui();
  const me = useMe();
  const [open, setOpen] = useState<Visibility | undefined>(undefined);
  const isOwn = request.requester.id === me.id || !isStaff(me);
  const requester = firstName(request.requester);
  const replyLabel = isOwn
    ? t`Write a comment`
    : requester === undefined
      ? t`Reply to the requester`
      : t`Reply to ${requester}`;
  const ways = [
    {
      action: "comment",
      visibility: "PUBLIC",
      key: "R",
      label: replyLabel,
      icon: <Reply aria-hidden="true" className="size-4" />,
    },
    {
      action: "commentInternally",
      visibility: "INTERNAL",
      key: "N",
      label: t`Note for the team`,
      icon: <EyeOff aria-hidden="true" className="size-4" />,
    },
  ] as const;
  const allowed = ways.filter(({ action }) => request.allowedActions.includes(action));
  useShortcuts(
    allowed.map(({ key, label, visibility }) => ({
      keys: `Key${key}`,
      label,
      run: () => setOpen(visibility),
    })),
  );
  useHere(
    request.id,
    allowed.map(({ action, key, label, visibility }) => ({
      id: action,
      label,
      keys: key,
      run: () => setOpen(visibility),
    })),
  );
  if (open !== undefined) {
    return (
      <div data-composer="open">
        <OpenComposer
          key={open}
          request={request}
          visibility={open}
          isOwn={isOwn}
          writing={writing}
          onClose={() => setOpen(undefined)}
        />
      </div>
    );
  }
  return (
    <div data-composer="closed" className="flex flex-wrap gap-2">
      {allowed.map((way) => (
        <Opener
          key={way.visibility}
          draftKey={draftKey(me.id, request.id, way.visibility)}
          visibility={way.visibility}
          keys={way.key}
          icon={way.icon}
          onPress={() => setOpen(way.visibility)}
        >
          {way.label}
        </Opener>
      ))}
    </div>
  );
}

function Opener({
  draftKey: key,
  visibility,
  keys,
  icon,
  onPress,
  children,
}: {
  draftKey: string;
  visibility: Visibility;
  keys: string;
  icon: ReactNode;
  onPress: () => void;
  children: string;
}) {
  const [draft] = useDraft(key);
  return (
    <Button
      size="lg"
      keys={keys}
      className={cx(
        "min-w-0 grow justify-between!",
        visibility === "INTERNAL" && "border-note-line! bg-note! text-note-text!",
      )}
      onPress={onPress}
    >
      <span className="inline-flex min-w-0 items-center gap-1.5">
        {icon}
        <span className="cut">{children}</span>
        {draft === "" ? null : (
          <span
            className={cx(
              "text-12 font-normal",
              visibility === "INTERNAL" ? "text-note-text" : "text-ink-3",
            )}
          >
            <Trans>draft</Trans>
          </span>
        )}
      </span>
    </Button>
  );
}
