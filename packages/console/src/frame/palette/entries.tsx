import { useLingui } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import {
  ArrowRight,
  Check,
  Copy,
  EyeOff,
  Hand,
  Mail,
  Play,
  Plus,
  Reply,
  Undo2,
  UserPlus,
  X,
} from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { queries } from "../../app/client.ts";
import { here } from "../../app/here.ts";
import { isStaff, useMe } from "../../app/session.tsx";
import { ACTIONS, STATUS_WORDS } from "../../app/terms.ts";
import { PersonGlyph, StatusGlyph } from "../../kit/glyphs.tsx";
import { NAVIGATION } from "../navigation.ts";
import { match, type Piece } from "./match.ts";

/** A line of the palette. */
export interface Entry {
  id: string;
  icon: ReactNode;
  /** Stands before the label and is not searched. */
  before?: string;
  label: readonly Piece[];
  keys?: string | undefined;
  /** Why it cannot run now. */
  reason?: string | undefined;
  /** Where it leads, so that it opens in a tab of its own too. */
  href?: string;
  run: () => void;
}

export interface Section {
  id: string;
  title: string;
  entries: Entry[];
}

const ORDER: readonly string[] = [
  ...ACTIONS.map(({ action }) => action),
  "comment",
  "commentInternally",
];
const ICONS: Readonly<Record<string, ReactNode>> = {
  claim: <Hand />,
  start: <Play />,
  finish: <Check />,
  assign: <UserPlus />,
  release: <Undo2 />,
  cancel: <X />,
  comment: <Reply />,
  commentInternally: <EyeOff />,
  unread: <Mail />,
  copy: <Copy />,
};
const MOST_REQUESTS = 7;
const MOST_PEOPLE = 4;

/** What the palette offers for what was typed: of the request one is on, pages, requests and people. */
export function useEntries(typed: string, inRequest: boolean): Section[] {
  const { t } = useLingui();
  const found = useFound(typed);
  const sections = [
    { id: "here", title: t`This request`, entries: useHereEntries(typed, inRequest) },
    { id: "go", title: t`Go to`, entries: usePages(typed) },
    { id: "requests", title: t`Requests`, entries: found.requests },
    { id: "people", title: t`People`, entries: found.people },
  ];
  return sections.filter(({ entries }) => entries.length > 0);
}

function useHereEntries(typed: string, inRequest: boolean): Entry[] {
  const { t } = useLingui();
  const also: Readonly<Record<string, string>> = {
    claim: t`take`,
    finish: t`close`,
    assign: t`give`,
    release: t`return`,
    comment: t`answer`,
  };
  const commands = inRequest ? (here()?.commands ?? []) : [];
  const place = (id: string) => {
    const index = ORDER.indexOf(id);
    return index === -1 ? ORDER.length : index;
  };
  // Once one has typed, what can run comes first: it is what Enter runs.
  const isLast = (reason: string | undefined) => (typed !== "" && reason !== undefined ? 1 : 0);
  return [...commands]
    .sort((a, b) => isLast(a.reason) - isLast(b.reason) || place(a.id) - place(b.id))
    .flatMap(({ id, label, keys, reason, run }) => {
      const other = also[id];
      const pieces =
        match(label, typed) ??
        (other === undefined ? undefined : match(`${label} (${other})`, typed));
      if (pieces === undefined) return [];
      return [{ id: `here ${id}`, icon: ICONS[id] ?? null, label: pieces, keys, reason, run }];
    });
}

function usePages(typed: string): Entry[] {
  const { t, i18n } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const router = useRouter();
  const pages = [
    { to: "/new", label: t`New request`, keys: "C", icon: <Plus /> },
    ...NAVIGATION.filter(({ roles }) => roles.includes(me.role)).map(({ to, label, key }) => ({
      to,
      label: i18n._(label),
      keys: key === undefined ? undefined : `G ${key}`,
      icon: <ArrowRight />,
    })),
    ...(isStaff(me)
      ? []
      : [{ to: "/home", label: t`My requests`, keys: undefined, icon: <ArrowRight /> }]),
    { to: "/you", label: t`You: sessions, keys, settings`, keys: undefined, icon: <ArrowRight /> },
  ];
  return pages.flatMap(({ to, label, keys, icon }): Entry[] => {
    const pieces = match(label, typed);
    if (pieces === undefined) return [];
    const { href } = router.buildLocation({ to });
    return [{ id: `go ${to}`, icon, label: pieces, keys, href, run: () => void navigate({ to }) }];
  });
}

/** What the server finds, once one has stopped typing for a moment. */
function useFound(typed: string): { requests: Entry[]; people: Entry[] } {
  const { i18n } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const router = useRouter();
  const q = useSettled(typed.trim());
  const enabled = q.length >= 2;
  const requests = useQuery({
    ...queries.requests.list({ q, limit: MOST_REQUESTS }),
    enabled,
    placeholderData: keepPreviousData,
  });
  const people = useQuery({
    ...queries.users.search({ q, limit: MOST_PEOPLE }),
    enabled: enabled && isStaff(me),
    placeholderData: keepPreviousData,
  });
  const plain = (label: string) => match(label, typed) ?? [{ text: label, hit: false }];
  return {
    requests: (enabled ? (requests.data?.items ?? []) : []).map(({ id, title, status }) => ({
      id: `request ${id}`,
      icon: <StatusGlyph status={status} label={i18n._(STATUS_WORDS[status])} />,
      before: id,
      label: plain(title),
      href: router.buildLocation({ to: "/requests/$id", params: { id } }).href,
      run: () => void navigate({ to: "/requests/$id", params: { id } }),
    })),
    people: (enabled ? (people.data?.items ?? []) : []).map(({ id, fullName }) => {
      const search = { view: "all", q: `"${fullName.replaceAll('"', "")}"` } as const;
      return {
        id: `person ${id}`,
        icon: <PersonGlyph name={fullName} mine={id === me.id} />,
        label: plain(fullName),
        href: router.buildLocation({ to: "/inbox", search }).href,
        run: () => void navigate({ to: "/inbox", search }),
      };
    }),
  };
}

const SETTLED_MS = 150;

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
