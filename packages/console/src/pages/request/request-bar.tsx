import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, ChevronDown, ChevronUp, Ellipsis, Mail } from "lucide-react";
import type { ReactNode } from "react";
import { mutations } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { useHere } from "../../app/here.ts";
import { isStaff, useMe } from "../../app/session.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Button } from "../../kit/button.tsx";
import type { WayBack } from "./way-back.ts";

/** Where the request was opened from, its neighbours there, and what concerns all of it. */
export function RequestBar({
  request: { id },
  way,
  onMore,
}: {
  request: ServiceRequest;
  way: WayBack;
  onMore: () => void;
}) {
  const { t } = useLingui();
  const markUnread = useMutation(mutations.requests.markUnread());
  const unread = () => markUnread.mutate({ id }, { onSuccess: way.back });
  const { before, after, goTo, back } = way;
  useShortcuts([
    { keys: "Escape", label: t`Back`, run: back },
    ...(after === undefined
      ? []
      : [{ keys: "KeyJ", label: t`Next request`, run: () => goTo(after) }]),
    ...(before === undefined
      ? []
      : [{ keys: "KeyK", label: t`Previous request`, run: () => goTo(before) }]),
    { keys: "KeyU", label: t`Mark as unread`, run: unread },
  ]);
  useHere(id, [
    { id: "unread", label: t`Mark as unread`, keys: "U", run: unread },
    {
      id: "copy",
      label: t`Copy ${id}`,
      keys: "Y",
      run: () => void navigator.clipboard.writeText(id),
    },
  ]);
  return (
    <header className="flex h-(--bar) shrink-0 items-center gap-2 border-b border-line px-4 max-tablet:h-12 max-tablet:px-3">
      <IconButton label={t`Back`} onPress={back}>
        <ArrowLeft aria-hidden="true" className="size-4" />
      </IconButton>
      <Crumb way={way} id={id} />
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <LiveMark />
        {way.origin === undefined ? null : (
          <div className="flex items-center text-12 text-ink-3">
            <span className="hidden pr-1 pl-1.5 whitespace-nowrap tablet:inline">
              <Place way={way} />
            </span>
            <IconButton
              label={t`Previous request`}
              isDisabled={before === undefined}
              onPress={() => goTo(before)}
            >
              <ChevronUp aria-hidden="true" className="size-4" />
            </IconButton>
            <IconButton
              label={t`Next request`}
              isDisabled={after === undefined}
              onPress={() => goTo(after)}
            >
              <ChevronDown aria-hidden="true" className="size-4" />
            </IconButton>
          </div>
        )}
        <IconButton label={t`Mark as unread`} onPress={unread}>
          <Mail aria-hidden="true" className="size-4" />
        </IconButton>
        <span className="tablet:hidden">
          <IconButton label={t`Actions and properties`} onPress={onMore}>
            <Ellipsis aria-hidden="true" className="size-4" />
          </IconButton>
        </span>
      </div>
    </header>
  );
}

function Crumb({ way: { origin }, id }: { way: WayBack; id: string }) {
  const { i18n } = useLingui();
  const me = useMe();
  const link = "hover:text-ink";
  if (origin === undefined) {
    return isStaff(me) ? (
      <Link to="/inbox" className={`${link} text-ink-2`}>
        <Trans>Inbox</Trans>
      </Link>
    ) : (
      <Link to="/home" className={`${link} text-ink-2`}>
        <Trans>My requests</Trans>
      </Link>
    );
  }
  return (
    <span className="cut text-ink-2">
      <Link to={origin.to} search={{ ...origin.search, row: id }} className={link}>
        {i18n._(origin.title)}
      </Link>
      {origin.part === undefined ? null : (
        <span className="text-ink-3"> / {i18n._(origin.part)}</span>
      )}
    </span>
  );
}

function Place({ way: { origin, index } }: { way: WayBack }) {
  const place = index + 1;
  const all = origin?.ids.length ?? 0;
  return origin?.complete === true ? (
    <Trans>
      {place} of {all}
    </Trans>
  ) : (
    <Trans>
      {place} of more than {all}
    </Trans>
  );
}

function IconButton({
  label,
  isDisabled = false,
  onPress,
  children,
}: {
  label: string;
  isDisabled?: boolean;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <Button
      kind="quiet"
      size="sm"
      icon
      aria-label={label}
      isDisabled={isDisabled}
      onPress={onPress}
      className="pointer-coarse:size-10"
    >
      {children}
    </Button>
  );
}
