import { Trans, useLingui } from "@lingui/react/macro";
import { categoryName, PRIORITIES, type Priority, type ServiceRequest } from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";
import { mutations, queries } from "../app/client.ts";
import { FailureBanner } from "../app/failure.tsx";
import { useMe } from "../app/session.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../kit/glyphs.tsx";
import { Menu, MenuItem, MenuTrigger } from "../kit/menu.tsx";
import { Time } from "../kit/time.tsx";

/** What a request is, with what the person may change. */
export function Properties({ request }: { request: ServiceRequest }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const categories = useQuery(queries.categories.list());
  const update = useMutation(mutations.requests.update());
  const { id, version, status, priority, category, assignee, requester } = request;
  const mayUpdate = request.allowedActions.includes("update");
  const nameOf = (slug: string) => {
    const found = categories.data?.items.find((one) => one.slug === slug);
    return found === undefined ? slug : categoryName(found, i18n.locale);
  };
  return (
    <>
      {update.isError ? (
        <FailureBanner error={update.error} onClose={() => update.reset()} />
      ) : null}
      <dl className="grid grid-cols-[92px_minmax(0,1fr)] gap-y-0.5">
        <Property name={t`Status`}>
          <StatusGlyph status={status} />
          {i18n._(STATUS_WORDS[status])}
        </Property>
        <Property name={t`Assignee`}>
          <PersonGlyph name={assignee?.fullName ?? null} mine={assignee?.id === me.id} />
          <span className="cut">{assignee?.fullName ?? t`Nobody`}</span>
        </Property>
        <Property name={t`Priority`}>
          <Pick
            label={t`Priority`}
            enabled={mayUpdate}
            options={PRIORITIES.map((one) => ({
              id: one,
              label: (
                <>
                  <PriorityGlyph priority={one} />
                  {i18n._(PRIORITY_WORDS[one])}
                </>
              ),
            }))}
            value={priority}
            onChange={(to) => update.mutate({ id, ifVersion: version, priority: to as Priority })}
          />
        </Property>
        <Property name={t`Category`}>
          <Pick
            label={t`Category`}
            enabled={mayUpdate}
            options={(categories.data?.items ?? [])
              .filter(({ active, slug }) => active || slug === category)
              .map(({ slug }) => ({ id: slug, label: nameOf(slug) }))}
            value={category}
            onChange={(to) => update.mutate({ id, ifVersion: version, category: to })}
          />
        </Property>
        <Property name={t`Requester`}>
          <PersonGlyph name={requester.fullName} mine={requester.id === me.id} />
          <span className="cut">{requester.fullName}</span>
        </Property>
        <Property name={t`Filed`}>
          <span className="text-ink-2">
            <Time iso={request.createdAt} form="clock" />
          </span>
        </Property>
        {request.startedAt === null ? null : (
          <Property name={t`Started`}>
            <span className="text-ink-2">
              <Time iso={request.startedAt} form="clock" />
            </span>
          </Property>
        )}
        {request.closedAt === null ? null : (
          <Property name={t`Closed`}>
            <span className="text-ink-2">
              <Time iso={request.closedAt} form="clock" />
            </span>
          </Property>
        )}
      </dl>
      {mayUpdate ? null : (
        <p className="sr-only">
          <Trans>These can no longer be changed.</Trans>
        </p>
      )}
    </>
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
  options: readonly { id: string; label: ReactNode }[];
  value: string;
  onChange: (value: string) => void;
}) {
  const shown = options.find(({ id }) => id === value)?.label ?? value;
  if (!enabled) return <span className="flex items-center gap-1.5">{shown}</span>;
  return (
    <MenuTrigger>
      <AriaButton className="-ml-1.5 flex h-6 max-w-full min-w-0 items-center gap-1.5 rounded-4 px-1.5 hover:bg-hover">
        <span className="sr-only">{label}: </span>
        {shown}
        <ChevronDown aria-hidden="true" className="size-3 text-ink-3" />
      </AriaButton>
      <Menu
        aria-label={label}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[value]}
        onSelectionChange={(keys) => {
          const to = String([...keys][0]);
          if (to !== value) onChange(to);
        }}
      >
        {options.map(({ id, label: words }) => (
          <MenuItem key={id} id={id}>
            {words}
          </MenuItem>
        ))}
      </Menu>
    </MenuTrigger>
  );
}
