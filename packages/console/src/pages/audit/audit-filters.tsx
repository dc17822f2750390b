import { Trans, useLingui } from "@lingui/react/macro";
import { type AuditAction, EVENT_TYPES } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { SubmenuTrigger } from "react-aria-components";
import { queries } from "../../app/client.ts";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Button } from "../../kit/button.tsx";
import { Chip } from "../../kit/chip.tsx";
import { Menu, MenuItem, MenuTrigger } from "../../kit/menu.tsx";
import { Search } from "../../kit/search.tsx";
import { toast } from "../../kit/toast.tsx";
import { PersonPicker } from "../admin/person-picker.tsx";
import { type AuditSearch, filterOf } from "./audit-search.ts";
import { PeriodDialog } from "./period-dialog.tsx";

const DAYS = [1, 7, 30, 90];

/** The filters as chips, each with its own remove. */
export function AuditFilters({
  search,
  change,
}: {
  search: AuditSearch;
  change: (next: Partial<Record<keyof AuditSearch, unknown>>) => void;
}) {
  const { t } = useLingui();
  const [dialog, setDialog] = useState<"actor" | "period">();
  const [words, setWords] = useState("");
  const actor = useQuery({
    ...queries.users.get(search.actor ?? ""),
    enabled: search.actor !== undefined,
  });
  useShortcuts([
    {
      keys: "Slash",
      label: t`Find entries`,
      run: () => document.getElementById("audit-find")?.querySelector("input")?.focus(),
    },
  ]);
  const removeLabel = (name: string) => t`Remove filter: ${name}`;
  const daysWords = (days: number) => (days === 1 ? t`today` : t`last ${days} days`);
  const days = (
    <Menu
      aria-label={t`Time`}
      selectionMode="single"
      selectedKeys={search.days === undefined ? [] : [String(search.days)]}
      onSelectionChange={(keys) => {
        const chosen = Number([...keys][0]);
        change({ days: Number.isNaN(chosen) ? undefined : chosen, from: undefined, to: undefined });
      }}
    >
      {DAYS.map((one) => (
        <MenuItem key={one} id={String(one)}>
          {daysWords(one)}
        </MenuItem>
      ))}
    </Menu>
  );
  const actions = (
    <Menu
      aria-label={t`Action`}
      selectionMode="single"
      selectedKeys={search.action === undefined ? [] : [search.action]}
      onSelectionChange={(keys) => change({ action: [...keys][0] as AuditAction | undefined })}
    >
      {EVENT_TYPES.map((type) => (
        <MenuItem key={type} id={type}>
          <code className="font-mono text-12">{type}</code>
        </MenuItem>
      ))}
    </Menu>
  );
  const count = (["action", "actor", "subject", "request", "days", "from", "to"] as const).filter(
    (name) => search[name] !== undefined,
  ).length;
  const find = (typed: string) => {
    const filter = filterOf(typed);
    if (filter === null) {
      if (typed.trim() !== "") toast(t`Type the id of a request, a person, a key or another one.`);
      return;
    }
    setWords("");
    change(filter);
  };
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line px-4 py-1.5">
      <div className="flex min-w-0 flex-wrap items-center gap-1.5">
        {search.days === undefined ? null : (
          <Chip
            name={t`Time`}
            value={daysWords(search.days)}
            opens={(button) => (
              <MenuTrigger>
                {button}
                {days}
              </MenuTrigger>
            )}
            removeLabel={removeLabel(t`Time`)}
            onRemove={() => change({ days: undefined })}
          />
        )}
        {search.from === undefined && search.to === undefined ? null : (
          <Chip
            name={t`Time`}
            value={`${search.from ?? "…"} – ${search.to ?? "…"}`}
            removeLabel={removeLabel(t`Time`)}
            onRemove={() => change({ from: undefined, to: undefined })}
          />
        )}
        {search.action === undefined ? null : (
          <Chip
            name={t`Action`}
            value={search.action}
            opens={(button) => (
              <MenuTrigger>
                {button}
                {actions}
              </MenuTrigger>
            )}
            removeLabel={removeLabel(t`Action`)}
            onRemove={() => change({ action: undefined })}
          />
        )}
        {search.actor === undefined ? null : (
          <Chip
            name={t`Person`}
            value={actor.data?.fullName ?? search.actor}
            removeLabel={removeLabel(t`Person`)}
            onRemove={() => change({ actor: undefined })}
          />
        )}
        {search.request === undefined ? null : (
          <Chip
            name={t`Request`}
            value={search.request}
            removeLabel={removeLabel(t`Request`)}
            onRemove={() => change({ request: undefined })}
          />
        )}
        {search.subject === undefined ? null : (
          <Chip
            name={t`Subject`}
            value={search.subject}
            removeLabel={removeLabel(t`Subject`)}
            onRemove={() => change({ subject: undefined })}
          />
        )}
        <MenuTrigger>
          <Button kind="quiet" size="sm" className="first:-ml-2">
            <Plus aria-hidden="true" className="size-3.5" />
            <Trans>Filter</Trans>
          </Button>
          <Menu
            aria-label={t`Filter`}
            onAction={(key) => {
              if (key === "actor" || key === "period") setDialog(key);
            }}
          >
            <SubmenuTrigger>
              <MenuItem id="action">{t`Action`}</MenuItem>
              {actions}
            </SubmenuTrigger>
            <MenuItem id="actor">{t`Person…`}</MenuItem>
            <SubmenuTrigger>
              <MenuItem id="days">{t`Time`}</MenuItem>
              {days}
            </SubmenuTrigger>
            <MenuItem id="period">{t`From day to day…`}</MenuItem>
          </Menu>
        </MenuTrigger>
        {count < 2 ? null : (
          <Button
            kind="quiet"
            size="sm"
            onPress={() =>
              change({
                action: undefined,
                actor: undefined,
                subject: undefined,
                request: undefined,
                days: undefined,
                from: undefined,
                to: undefined,
              })
            }
          >
            <Trans>Clear all</Trans>
          </Button>
        )}
      </div>
      <div id="audit-find" className="grow tablet:ml-auto tablet:grow-0">
        <Search
          placeholder={t`SF-1042 or another id`}
          keys="/"
          className="tablet:w-60"
          value={words}
          onChange={setWords}
          onSubmit={find}
        />
      </div>
      {dialog === "actor" ? (
        <PersonPicker
          title={t`Who did it?`}
          onPick={({ id }) => {
            setDialog(undefined);
            change({ actor: id });
          }}
          onClose={() => setDialog(undefined)}
        />
      ) : dialog === "period" ? (
        <PeriodDialog
          from={search.from}
          to={search.to}
          onChoose={(period) => {
            setDialog(undefined);
            change({ ...period, days: undefined });
          }}
          onClose={() => setDialog(undefined)}
        />
      ) : null}
    </div>
  );
}
