import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { PRIORITIES, STATUSES } from "@serviceflow/sdk";
import { ChevronDown, Plus, SlidersHorizontal } from "lucide-react";
import { useEffect, useRef } from "react";
import { loadPart } from "../../app/load-part.ts";
import { PRIORITY_WORDS, STATUS_WORDS } from "../../app/terms.ts";
import { useCategories } from "../../app/use-categories.ts";
import { Button } from "../../kit/button.tsx";
import { Chip } from "../../kit/chip.tsx";
import { late } from "../../kit/late.ts";
import { LateMenu } from "../../kit/late-menu.tsx";
import {
  type ChangeSearch,
  type Chosen as Filter,
  type FilterOptions,
  type InboxSearch,
  NONE_CHOSEN,
  SORTS,
} from "./inbox-search.ts";

const SORT_WORDS = {
  newest: msg`Newest first`,
  oldest: msg`Oldest first`,
  activity: msg`Latest activity`,
  priority: msg`Most urgent first`,
};
const DAYS = [1, 7, 14, 30, 90];

const menus = late(() => loadPart(() => import("./filter-menus.tsx")));
/** After the first rows. */
const MENUS_AFTER_MS = 1_500;

/** The filters as chips, each with its own remove; the order and the look of the rows at the right. */
export function Filters({ search, change }: { search: InboxSearch; change: ChangeSearch }) {
  const { t, i18n } = useLingui();
  const { categories, nameOf } = useCategories();
  const daysWords = (days: number) => (days === 1 ? t`since yesterday` : t`last ${days} days`);
  const filters: FilterOptions[] = [
    {
      id: "status",
      name: t`Status`,
      options: STATUSES.map((id) => ({ id, label: i18n._(STATUS_WORDS[id]) })),
    },
    {
      id: "priority",
      name: t`Priority`,
      options: PRIORITIES.map((id) => ({ id, label: i18n._(PRIORITY_WORDS[id]) })),
    },
    {
      id: "category",
      name: t`Category`,
      options: categories.map(({ slug }) => ({
        id: slug,
        label: nameOf(slug),
      })),
    },
    {
      id: "days",
      name: t`Filed`,
      options: DAYS.map((days) => ({ id: String(days), label: daysWords(days) })),
    },
    { id: "unread", name: t`Unread`, options: [{ id: "true", label: t`only unread` }] },
  ];
  const chosen = (id: Filter): string[] => {
    const value = search[id];
    return value === undefined ? [] : Array.isArray(value) ? value : [String(value)];
  };
  const choose = (id: Filter, values: string[]) => {
    const value = id === "days" ? Number(values[0]) : id === "unread" ? true : values;
    change({ [id]: values.length === 0 ? undefined : value });
  };
  const add = useRef<HTMLButtonElement>(null);
  // The chip goes, and the focus with it.
  const remove = (filter: Filter | "q") => {
    change({ [filter]: undefined });
    add.current?.focus();
  };
  const shown = filters.filter(({ id }) => chosen(id).length > 0);
  const sort = search.sort ?? "newest";
  const removeLabel = (name: string) => t`Remove filter: ${name}`;

  const chosenWords = ({ id, options }: FilterOptions) => {
    const known = new Map(options.map((option) => [option.id, option.label]));
    // An address can name what no menu offers.
    return chosen(id)
      .map((one) => known.get(one) ?? (id === "days" ? daysWords(Number(one)) : one))
      .join(", ");
  };
  const choice = (filter: FilterOptions) => ({
    filter,
    chosen: chosen(filter.id),
    onChange: (values: string[]) => choose(filter.id, values),
  });
  useEffect(() => {
    const timer = setTimeout(() => void menus.load(), MENUS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div className="flex min-h-10 shrink-0 items-center gap-3 overflow-x-auto border-b border-line px-4 py-1.5 [scrollbar-width:none]">
      <div className="flex items-center gap-1.5 tablet:flex-wrap">
        {search.q === undefined ? null : (
          <Chip
            name={t`Words`}
            value={search.q}
            removeLabel={removeLabel(t`Words`)}
            onRemove={() => remove("q")}
          />
        )}
        {shown.map((filter) => (
          <Chip
            key={filter.id}
            name={filter.name}
            value={chosenWords(filter)}
            opens={(button) => (
              <LateMenu
                from={menus}
                menu={({ OptionsMenu }) => <OptionsMenu {...choice(filter)} />}
              >
                {button}
              </LateMenu>
            )}
            removeLabel={removeLabel(filter.name)}
            onRemove={() => remove(filter.id)}
          />
        ))}
        <LateMenu
          from={menus}
          menu={({ FilterMenu }) => <FilterMenu choices={filters.map(choice)} />}
        >
          <Button kind="quiet" size="sm" ref={add} className="first:-ml-2">
            <Plus aria-hidden="true" className="size-3.5" />
            <Trans>Filter</Trans>
          </Button>
        </LateMenu>
        {shown.length + (search.q === undefined ? 0 : 1) < 2 ? null : (
          <Button
            kind="quiet"
            size="sm"
            onPress={() => {
              change(NONE_CHOSEN);
              add.current?.focus();
            }}
          >
            <Trans>Clear all</Trans>
          </Button>
        )}
      </div>
      <div className="ml-auto flex shrink-0 items-center gap-1">
        {search.q === undefined ? (
          <LateMenu
            from={menus}
            menu={({ OrderMenu }) => (
              <OrderMenu
                orders={SORTS.map((id) => ({ id, label: i18n._(SORT_WORDS[id]) }))}
                chosen={sort}
                onChange={(next) => change({ sort: next })}
              />
            )}
          >
            <Button kind="quiet" size="sm">
              {i18n._(SORT_WORDS[sort])}
              <ChevronDown aria-hidden="true" className="size-3.5" />
            </Button>
          </LateMenu>
        ) : (
          <span className="px-2 text-12 whitespace-nowrap text-ink-3">
            <Trans>Best match first</Trans>
          </span>
        )}
        <LateMenu from={menus} menu={({ RowHeightMenu }) => <RowHeightMenu />}>
          <Button kind="quiet" size="sm" icon aria-label={t`Row height`}>
            <SlidersHorizontal aria-hidden="true" className="size-4" />
          </Button>
        </LateMenu>
      </div>
    </div>
  );
}
