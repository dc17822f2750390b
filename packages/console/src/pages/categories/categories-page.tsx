import { Trans, useLingui } from "@lingui/react/macro";
import { type Category, categoryName, type RequestFilters } from "@serviceflow/sdk";
import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { Archive, ArchiveRestore, Plus } from "lucide-react";
import { useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries, sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { capped } from "../../app/views.ts";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { cx } from "../../kit/cx.ts";
import { MenuItem } from "../../kit/menu.tsx";
import { RowMenu } from "../../kit/row-menu.tsx";
import { Table, Th } from "../../kit/table.tsx";
import { toast } from "../../kit/toast.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { ConflictBanner, RefusalBanner } from "../admin/notices.tsx";
import { OPEN_STATUSES } from "../admin/open-statuses.ts";
import { State } from "../admin/state.tsx";
import { MoreRows, WorkRegion } from "../admin/work-region.tsx";
import { CreateCategory, EditCategory, useCategoryChange } from "./category-dialogs.tsx";
import { useCategoryFields } from "./category-fields.ts";

const PAGE = 100;
const AT_ONCE = 20;

/** What requests are sorted into. */
export function CategoriesPage() {
  return (
    <AdminOnly>
      <Categories />
    </AdminOnly>
  );
}

function Categories() {
  const { t } = useLingui();
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Category>();
  const list = useInfiniteQuery({
    queryKey: [...queries.categories.all(), "infinite"],
    queryFn: async ({ signal, pageParam }) =>
      sf.categories.list(
        { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const change = useCategoryChange();
  const fields = useCategoryFields();
  const categories = list.data?.pages.flatMap(({ items }) => items);
  useShortcuts([{ keys: "KeyN", label: t`Add a category`, run: () => setCreating(true) }]);
  const setActive = (category: Category, active: boolean) => {
    const { name } = category;
    void change
      .run(category, (one, options) => sf.categories.update(one.slug, { active }, options))
      .then(
        (made) => made && toast(active ? t`${name} is in use again.` : t`${name} is archived.`),
      );
  };
  return (
    <>
      <Bar
        title={t`Categories`}
        end={
          <Button kind="primary" onPress={() => setCreating(true)}>
            <Plus aria-hidden="true" className="size-4" />
            <Trans>Add</Trans>
          </Button>
        }
      />
      <RefusalBanner error={change.error} onClose={change.reset} />
      <ConflictBanner conflict={change.conflict} fields={fields} onClose={change.reset} />
      <WorkRegion label={t`Categories`}>
        {categories === undefined ? (
          list.isError ? (
            <LoadFailure error={list.error} retry={() => void list.refetch()} />
          ) : (
            <SkeletonRows label={t`Loading categories`} />
          )
        ) : categories.length === 0 ? (
          <Empty title={t`There are no categories.`}>
            <Trans>Add one, so that people can say what a request is about.</Trans>
          </Empty>
        ) : (
          <>
            <CategoriesTable
              categories={categories}
              here={editing?.slug}
              onEdit={setEditing}
              onSetActive={setActive}
            />
            <MoreRows
              more={list.hasNextPage}
              isLoading={list.isFetchingNextPage}
              onMore={() => void list.fetchNextPage()}
            />
          </>
        )}
      </WorkRegion>
      {creating ? <CreateCategory onClose={() => setCreating(false)} /> : null}
      {editing === undefined ? null : (
        <EditCategory key={editing.slug} category={editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

function CategoriesTable({
  categories,
  here,
  onEdit,
  onSetActive,
}: {
  categories: readonly Category[];
  here: string | undefined;
  onEdit: (category: Category) => void;
  onSetActive: (category: Category, active: boolean) => void;
}) {
  const { t, i18n } = useLingui();
  const counts = useCounts(categories.map(({ slug }) => slug));
  return (
    <Table label={t`Categories`}>
      <thead>
        <tr>
          <Th>{t`Name`}</Th>
          <Th className={wideOnly}>{t`Short name`}</Th>
          <Th className={wideOnly}>{t`Languages`}</Th>
          <Th className={wideOnly}>{t`Description`}</Th>
          <Th numeric>{t`Open requests`}</Th>
          <Th>{t`State`}</Th>
          <CommandsTh />
        </tr>
      </thead>
      <tbody>
        {categories.map((category) => {
          const { slug, active, description } = category;
          const name = categoryName(category, i18n.locale);
          return (
            <Row key={slug} isHere={slug === here}>
              <Cell className={firstCell}>
                <span
                  className={cx("block truncate font-medium", !active && "text-ink-3")}
                  title={name}
                >
                  {name}
                </span>
                <span className={secondLine}>{description || slug}</span>
              </Cell>
              <Cell className={cx(wideOnly, "font-mono text-12 text-ink-2")}>{slug}</Cell>
              <Cell className={cx(wideOnly, "text-ink-2")}>
                {Object.keys(category.names).join(", ") || "—"}
              </Cell>
              <Cell className={cx(wideOnly, "max-w-80 truncate text-ink-2")} title={description}>
                {description}
              </Cell>
              <Cell numeric>{capped(counts.get(slug))}</Cell>
              <Cell>
                {active ? (
                  <State>{t`In use`}</State>
                ) : (
                  <State icon={Archive} tone="past">{t`Archived`}</State>
                )}
              </Cell>
              <Cell numeric>
                <RowMenu
                  name={name}
                  onAction={(key) =>
                    key === "edit" ? onEdit(category) : onSetActive(category, !active)
                  }
                >
                  <MenuItem id="edit">{t`Edit…`}</MenuItem>
                  {active ? (
                    <MenuItem
                      id="active"
                      consequence={t`New requests cannot use it. Those in it stay.`}
                    >
                      <Archive aria-hidden="true" className="size-3.5" />
                      {t`Archive`}
                    </MenuItem>
                  ) : (
                    <MenuItem id="active">
                      <ArchiveRestore aria-hidden="true" className="size-3.5" />
                      {t`Restore`}
                    </MenuItem>
                  )}
                </RowMenu>
              </Cell>
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}

/** How many open requests each category has, of the first 100. */
function useCounts(slugs: readonly string[]) {
  const counted = slugs.slice(0, PAGE);
  const groups = Array.from({ length: Math.ceil(counted.length / AT_ONCE) }, (_, index) =>
    counted.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  const results = useQueries({
    queries: groups.map((group) =>
      queries.requests.counts(
        // The names of the counts are numbered: a slug can begin with a digit.
        Object.fromEntries(
          group.map((slug, index): [string, RequestFilters] => [
            `c${index}`,
            { category: slug, status: OPEN_STATUSES },
          ]),
        ),
      ),
    ),
  });
  return new Map(
    groups.flatMap((group, at) =>
      group.map((slug, index) => [slug, results[at]?.data?.[`c${index}`]] as const),
    ),
  );
}
