import { Trans, useLingui } from "@lingui/react/macro";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Search } from "../../kit/search.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { RestOf, WorkRegion } from "../admin/work-region.tsx";
import { CreatePerson } from "./create-person.tsx";
import { isAddress, type PEOPLE_VIEWS, type PeopleSearch } from "./people-search.ts";
import { PeopleTable } from "./people-table.tsx";
import { usePeople } from "./use-people.ts";

const route = getRouteApi("/people");

/** Everybody who can sign in, and the programs. */
export function PeoplePage() {
  return (
    <AdminOnly>
      <People />
    </AdminOnly>
  );
}

function People() {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/people" });
  const [creating, setCreating] = useState(false);
  const [words, setWords] = useState(search.q ?? "");
  const field = useRef<HTMLInputElement>(null);
  const people = usePeople(search);
  useEffect(() => setWords(search.q ?? ""), [search.q]);
  useShortcuts([
    { keys: "Slash", label: t`Find a person`, run: () => field.current?.focus() },
    { keys: "KeyN", label: t`Add a person`, run: () => setCreating(true) },
  ]);
  const find = (q: string) =>
    void navigate({ search: q.trim() === "" ? {} : { q: q.trim() }, replace: true });
  const tab = (id: keyof typeof PEOPLE_VIEWS | "all", label: string) => ({
    id,
    label,
    link: { to: "/people", search: id === "all" ? {} : { view: id } } as const,
  });
  return (
    <>
      <Bar
        title={t`People`}
        tabs={
          <Tabs
            label={t`Views`}
            current={search.q === undefined ? (search.view ?? "all") : "search"}
            tabs={[
              tab("all", t`All`),
              tab("agents", t`Agents`),
              tab("administrators", t`Administrators`),
              tab("programs", t`Programs`),
              tab("deactivated", t`Deactivated`),
            ]}
          />
        }
        end={
          <>
            <Search
              placeholder={t`Name or whole address`}
              keys="/"
              className="hidden w-52 tablet:flex"
              inputRef={field}
              value={words}
              onChange={setWords}
              onSubmit={find}
              onClear={() => find("")}
            />
            <Button kind="primary" onPress={() => setCreating(true)}>
              <Plus aria-hidden="true" className="size-4" />
              <Trans>Add</Trans>
            </Button>
          </>
        }
      />
      <div className="border-b border-line px-4 py-2 tablet:hidden">
        <Search
          placeholder={t`Name or whole address`}
          value={words}
          onChange={setWords}
          onSubmit={find}
          onClear={() => find("")}
        />
      </div>
      <WorkRegion label={t`People`}>
        {people.rows === undefined ? (
          people.error === null ? (
            <SkeletonRows label={t`Loading people`} />
          ) : (
            <LoadFailure error={people.error} retry={people.retry} />
          )
        ) : people.count === 0 ? (
          <NobodyHere search={search} onClear={() => find("")} />
        ) : (
          <>
            <PeopleTable key={JSON.stringify(search)} list={people} />
            <RestOf list={people} />
          </>
        )}
      </WorkRegion>
      {creating ? <CreatePerson onClose={() => setCreating(false)} /> : null}
    </>
  );
}

function NobodyHere({ search, onClear }: { search: PeopleSearch; onClear: () => void }) {
  const { t } = useLingui();
  const { q } = search;
  if (q === undefined) return <Empty title={t`There is nobody in this view.`} />;
  return (
    <Empty
      title={isAddress(q) ? t`Nobody has the address ${q}.` : t`No active person is called ${q}.`}
      acts={<Button onPress={onClear}>{t`Show everybody`}</Button>}
    >
      {isAddress(q) ? null : (
        <Trans>
          Names are searched by their beginnings. By the whole address the deactivated are found
          too.
        </Trans>
      )}
    </Empty>
  );
}
