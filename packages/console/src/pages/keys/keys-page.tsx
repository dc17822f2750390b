import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus, Search as SearchIcon } from "lucide-react";
import { useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useMe } from "../../app/session.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Chip } from "../../kit/chip.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { PersonPicker } from "../admin/person-picker.tsx";
import { WorkRegion } from "../admin/work-region.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import type { KeysSearch } from "./keys-search.ts";
import { RevokeAll } from "./revoke-all.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";

const route = getRouteApi("/keys");

/** One’s own keys and sessions, and those of others. */
export function KeysPage() {
  return (
    <AdminOnly>
      <Keys />
    </AdminOnly>
  );
}

function Keys() {
  const { t } = useLingui();
  const me = useMe();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/keys" });
  const [picking, setPicking] = useState(false);
  const [issuing, setIssuing] = useState(false);
  const ownerId = search.owner ?? me.id;
  const owner = useQuery(queries.users.get(ownerId));
  const person = ownerId === me.id ? me : owner.data;
  useShortcuts([{ keys: "KeyN", label: t`Issue a key`, run: () => setIssuing(true) }]);
  const tab = (id: "working" | "sessions" | "ended", label: string) => ({
    id,
    label,
    link: {
      to: "/keys",
      search: {
        ...(search.owner === undefined ? {} : { owner: search.owner }),
        ...(id === "working" ? {} : { view: id }),
      },
    } as const,
  });
  const show = (next: KeysSearch) => void navigate({ search: next });
  return (
    <>
      <Bar
        title={t`Keys`}
        tabs={
          <Tabs
            label={t`Views`}
            current={search.view ?? "working"}
            tabs={[
              tab("working", t`Programs`),
              tab("sessions", t`Sessions`),
              tab("ended", t`Ended`),
            ]}
          />
        }
        end={
          person === undefined || person.erasedAt !== null ? null : (
            <Button kind="primary" aria-label={t`Issue a key`} onPress={() => setIssuing(true)}>
              <Plus aria-hidden="true" className="size-4" />
              <span className="hidden tablet:inline">{t`Issue a key`}</span>
            </Button>
          )
        }
      />
      <div className="shrink-0 border-b border-line">
        <div className="flex min-h-10 max-w-364 flex-wrap items-center gap-1.5 px-4 py-1.5">
          {search.owner === undefined ? (
            <span className="text-12 text-ink-3">
              <Trans>These are yours.</Trans>
            </span>
          ) : (
            <Chip
              name={t`Owner`}
              value={person?.fullName ?? "…"}
              removeLabel={t`Show your own keys`}
              onRemove={() => show(search.view === undefined ? {} : { view: search.view })}
            />
          )}
          <Button kind="quiet" size="sm" onPress={() => setPicking(true)}>
            <SearchIcon aria-hidden="true" className="size-3.5" />
            <Trans>Another person’s…</Trans>
          </Button>
          {person === undefined || person.erasedAt !== null ? null : (
            <span className="ml-auto">
              <RevokeAll owner={person} />
            </span>
          )}
        </div>
      </div>
      <WorkRegion label={t`Keys`}>
        {person === undefined ? (
          owner.isError ? (
            <LoadFailure error={owner.error} retry={() => void owner.refetch()} />
          ) : (
            <SkeletonRows label={t`Loading keys`} />
          )
        ) : search.view === "sessions" ? (
          <SessionsPanel owner={person} level={2} />
        ) : (
          <KeysPanel
            key={`${person.id} ${search.view}`}
            owner={person}
            only={search.view ?? "working"}
            issuing={issuing}
            onIssuing={setIssuing}
          />
        )}
      </WorkRegion>
      {picking ? (
        <PersonPicker
          title={t`Whose keys?`}
          onClose={() => setPicking(false)}
          onPick={({ id }) => {
            setPicking(false);
            show({
              ...(search.view === undefined ? {} : { view: search.view }),
              ...(id === me.id ? {} : { owner: id }),
            });
          }}
        />
      ) : null}
    </>
  );
}
