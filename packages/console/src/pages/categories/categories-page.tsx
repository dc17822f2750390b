import { Trans, useLingui } from "@lingui/react/macro";
import { type Category, categoryName } from "@serviceflow/sdk";
import { Archive, ArchiveRestore, Plus } from "lucide-react";
import { useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries, sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { type LongList, usePages } from "../../app/use-pages.ts";
import { capped } from "../../app/views.ts";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { cx } from "../../kit/cx.ts";
import { MenuItem } from "../../kit/menu.tsx";
import { RowMenu } from "../../kit/row-menu.tsx";
import { Th } from "../../kit/table.tsx";
import { toast } from "../../kit/toast.tsx";
import { VirtualTable } from "../../kit/virtual-table.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { ConflictBanner, RefusalBanner } from "../admin/notices.tsx";
import { State } from "../admin/state.tsx";
import { useOpenCounts } from "../admin/use-open-counts.ts";
import { useShown } from "../admin/use-shown.ts";
import { RestOf, WorkRegion } from "../admin/work-region.tsx";
import { CreateCategory, EditCategory, useCategoryChange } from "./category-dialogs.tsx";
import { useCategoryFields } from "./category-fields.ts";

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
  const list = usePages<Category>({
    queryKey: [...queries.categories.all(), "pages"],
    list: (page, options) => sf.categories.list(page, options),
  });
  const change = useCategoryChange();
  const fields = useCategoryFields();
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
        {list.rows === undefined ? (
          list.error === null ? (
            <SkeletonRows label={t`Loading categories`} />
          ) : (
            <LoadFailure error={list.error} retry={list.retry} />
          )
        ) : list.count === 0 ? (
          <Empty title={t`There are no categories.`}>
            <Trans>Add one, so that people can say what a request is about.</Trans>
          </Empty>
        ) : (
          <>
            <CategoriesTable
              list={list}
              here={editing?.slug}
              onEdit={setEditing}
              onSetActive={setActive}
            />
            <RestOf list={list} />
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
  list,
  here,
  onEdit,
  onSetActive,
}: {
  list: LongList<Category>;
  here: string | undefined;
  onEdit: (category: Category) => void;
  onSetActive: (category: Category, active: boolean) => void;
}) {
  const { t, i18n } = useLingui();
  const { rows = [], start, show } = list;
  const { onShow, groupsOf } = useShown();
  const counts = useOpenCounts(
    groupsOf(rows, start).map((group) => group.map(({ slug }) => slug)),
    (category) => ({ category }),
  );
  return (
    <VirtualTable
      label={t`Categories`}
      rows={rows}
      start={start}
      count={list.count}
      more={list.more}
      idOf={({ slug }) => slug}
      onShow={(from, to) => {
        show(from, to);
        onShow(from, to);
      }}
      head={
        <>
          <Th className="tablet:w-[min(22cqw,20rem)]">{t`Name`}</Th>
          <Th className={cx(wideOnly, "w-[min(16cqw,15rem)]")}>{t`Short name`}</Th>
          <Th className={cx(wideOnly, "w-28")}>{t`Languages`}</Th>
          <Th className={wideOnly}>{t`Description`}</Th>
          <Th className="w-22 tablet:w-34" numeric>{t`Open requests`}</Th>
          <Th className="w-27 tablet:w-36">{t`State`}</Th>
          <CommandsTh />
        </>
      }
    >
      {(category, row) => {
        const { slug, active, description } = category;
        const name = categoryName(category, i18n.locale);
        return (
          <Row {...row} isHere={slug === here}>
            <Cell className={firstCell}>
              <span
                className={cx("block truncate font-medium", !active && "text-ink-3")}
                title={name}
              >
                {name}
              </span>
              <span className={secondLine}>{description || slug}</span>
            </Cell>
            <Cell
              className={cx(
                wideOnly,
                "wrap-anywhere whitespace-normal font-mono text-12 text-ink-2",
              )}
            >
              {slug}
            </Cell>
            <Cell className={cx(wideOnly, "truncate text-ink-2")}>
              {Object.keys(category.names).join(", ") || "—"}
            </Cell>
            <Cell className={cx(wideOnly, "truncate text-ink-2")} title={description}>
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
      }}
    </VirtualTable>
  );
}
