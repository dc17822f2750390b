import { Trans, useLingui } from "@lingui/react/macro";
import { PRIORITIES, type Priority, type ServiceRequest } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";
import { squareName } from "../app/person-name.ts";
import { useMe } from "../app/session.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { useCategories } from "../app/use-categories.ts";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../kit/glyphs.tsx";
import { MANY, Menu, MenuItem, MenuTrigger } from "../kit/menu.tsx";
import { Time } from "../kit/time.tsx";
import { PersonName } from "./person-name.tsx";
import type { Acts } from "./use-actions.tsx";

/** What a request is, with what the person may change. */
export function Properties({ request, edit }: { request: ServiceRequest; edit: Acts["edit"] }) {
  const { t, i18n } = useLingui();
  const { categories, nameOf } = useCategories();
  const { status, priority, category, assignee, requester, submitter } = request;
  const mayUpdate = request.allowedActions.includes("update");
  const priorityWords = (one: string) => i18n._(PRIORITY_WORDS[one as Priority] ?? one);
  return (
    <dl className="grid grid-cols-[92px_minmax(0,1fr)] items-center gap-y-0.5">
      <Property name={t`Status`}>
        <StatusGlyph status={status} />
        {i18n._(STATUS_WORDS[status])}
      </Property>
      <Property name={t`Assignee`}>
        {assignee === null ? (
          <>
            <PersonGlyph name={null} />
            {t`Nobody`}
          </>
        ) : (
          <Person person={assignee} />
        )}
      </Property>
      {assignee?.unavailable === true ? (
        <p className="col-start-2 pb-1 text-12 text-ink-3">
          <Trans>They no longer work here: anyone may claim it.</Trans>
        </p>
      ) : null}
      <Property name={t`Priority`}>
        <Pick
          label={t`Priority`}
          enabled={mayUpdate}
          options={PRIORITIES.map((one) => ({
            id: one,
            words: priorityWords(one),
            label: (
              <>
                <PriorityGlyph priority={one} />
                {priorityWords(one)}
              </>
            ),
          }))}
          value={priority}
          onChange={(to) =>
            void edit(request, {
              field: "priority",
              name: t`Priority`.toLocaleLowerCase(),
              to,
              words: priorityWords,
            })
          }
        />
      </Property>
      <Property name={t`Category`}>
        <Pick
          label={t`Category`}
          enabled={mayUpdate}
          options={categories
            .filter(({ active, slug }) => active || slug === category)
            .map(({ slug }) => ({ id: slug, words: nameOf(slug), label: nameOf(slug) }))}
          value={category}
          onChange={(to) =>
            void edit(request, {
              field: "category",
              name: t`Category`.toLocaleLowerCase(),
              to,
              words: nameOf,
            })
          }
        />
      </Property>
      <Property name={t`Requester`}>
        <Person person={requester} />
      </Property>
      {submitter.id === requester.id ? null : (
        <Property name={t`Filed by`}>
          <Person person={submitter} />
        </Property>
      )}
      <Moment name={t`Filed`} iso={request.createdAt} />
      <Moment name={t`Started`} iso={request.startedAt} />
      <Moment name={t`Closed`} iso={request.closedAt} />
      <Related name={t`Follows up`} ids={request.followsUp === null ? [] : [request.followsUp]} />
      <Related name={t`Followed by`} ids={request.followUps ?? []} />
    </dl>
  );
}

function Person({ person }: { person: ServiceRequest["requester"] }) {
  const me = useMe();
  return (
    <>
      <PersonGlyph name={squareName(person)} mine={person.id === me.id} />
      <span className="cut">
        <PersonName person={person} />
      </span>
    </>
  );
}

function Moment({ name, iso }: { name: string; iso: string | null }) {
  if (iso === null) return null;
  return (
    <Property name={name}>
      <span className="text-ink-2">
        <Time iso={iso} form="clock" />
      </span>
    </Property>
  );
}

/** The requests that belong together, as links. */
function Related({ name, ids }: { name: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <Property name={name}>
      <span className="flex flex-wrap gap-x-2.5 gap-y-1.5 py-1">
        {ids.map((id) => (
          <Link
            key={id}
            to="/requests/$id"
            params={{ id }}
            className="whitespace-nowrap text-accent underline underline-offset-2"
          >
            {id}
          </Link>
        ))}
      </span>
    </Property>
  );
}

function Property({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="leading-6.5 text-ink-3">{name}</dt>
      <dd className="flex min-h-6.5 min-w-0 items-center gap-1.5">{children}</dd>
    </>
  );
}

function Pick({
  label,
  enabled,
  options,
  value,
  onChange,
}: {
  label: string;
  enabled: boolean;
  options: readonly { id: string; words: string; label: ReactNode }[];
  value: string;
  onChange: (value: string) => void;
}) {
  const shown = options.find(({ id }) => id === value)?.label ?? value;
  if (!enabled) return <span className="flex items-center gap-1.5">{shown}</span>;
  return (
    <MenuTrigger>
      <AriaButton className="-ml-1.5 flex h-6 max-w-full min-w-0 items-center gap-1.5 rounded-4 px-1.5 hover:bg-hover pointer-coarse:h-9">
        <span className="sr-only">{label}: </span>
        {shown}
        <ChevronDown aria-hidden="true" className="size-3 text-ink-3" />
      </AriaButton>
      <Menu
        aria-label={label}
        isSearched={options.length > MANY}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[value]}
        onSelectionChange={(keys) => {
          const to = String([...keys][0]);
          if (to !== value) onChange(to);
        }}
      >
        {options.map((option) => (
          <MenuItem key={option.id} id={option.id} textValue={option.words}>
            {option.label}
          </MenuItem>
        ))}
      </Menu>
    </MenuTrigger>
  );
}
