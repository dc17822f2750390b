import { useLingui } from "@lingui/react/macro";
import type { RequestCount } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { Ban, Bot, Eraser } from "lucide-react";
import { memo, useState } from "react";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import type { LongList } from "../../app/use-pages.ts";
import { capped } from "../../app/views.ts";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { cx } from "../../kit/cx.ts";
import { PersonGlyph } from "../../kit/glyphs.tsx";
import { Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { type VirtualRow, VirtualTable } from "../../kit/virtual-table.tsx";
import { State } from "../admin/state.tsx";
import { useOpenCounts } from "../admin/use-open-counts.ts";
import { useShown } from "../admin/use-shown.ts";
import { type PersonDialog, PersonDialogs } from "./person-dialogs.tsx";
import { PersonMenu } from "./person-menu.tsx";
import type { Listed } from "./use-people.ts";

/** People, one a row; those who work on requests with how many they hold. */
export function PeopleTable({ list }: { list: LongList<Listed> }) {
  const { t } = useLingui();
  const [open, setOpen] = useState<{ id: string; dialog: PersonDialog }>();
  const { rows = [], start, show } = list;
  const { onShow, groupsOf } = useShown();
  const counts = useOpenCounts(
    groupsOf(rows, start).map((group) =>
      group.filter(({ role }) => role === "AGENT" || role === "ADMIN").map(({ id }) => id),
    ),
    (assignee) => ({ assignee }),
  );
  return (
    <>
      <VirtualTable
        label={t`People`}
        rows={rows}
        start={start}
        count={list.count}
        more={list.more}
        idOf={({ id }) => id}
        onShow={(from, to) => {
          show(from, to);
          onShow(from, to);
        }}
        head={
          <>
            <Th>{t`Name`}</Th>
            <Th className={cx(wideOnly, "w-[min(28cqw,25rem)]")}>{t`Address`}</Th>
            <Th className={cx(wideOnly, "w-32")}>{t`Role`}</Th>
            <Th className="w-28 tablet:w-36">{t`State`}</Th>
            <Th className={cx(wideOnly, "w-34")} numeric>{t`Open requests`}</Th>
            <Th className={cx(wideOnly, "w-24")} numeric>{t`Added`}</Th>
            <CommandsTh />
          </>
        }
      >
        {(person, row) => (
          <PersonRow
            {...row}
            person={person}
            count={counts.get(person.id)}
            isHere={person.id === open?.id}
            onOpen={setOpen}
          />
        )}
      </VirtualTable>
      {open === undefined ? null : (
        <PersonDialogs id={open.id} dialog={open.dialog} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}

const PersonRow = memo(function PersonRow({
  person,
  count,
  isHere,
  onOpen,
  ...row
}: VirtualRow & {
  person: Listed;
  /** Of open requests; undefined: none or not known yet. */
  count: RequestCount | undefined;
  isHere: boolean;
  onOpen: (open: { id: string; dialog: PersonDialog }) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const erased = person.erasedAt !== undefined && person.erasedAt !== null;
  const name = erased ? t`Erased person` : person.fullName;
  const role = person.role === undefined ? "" : i18n._(ROLE_WORDS[person.role]);
  return (
    <Row {...row} isHere={isHere}>
      <Cell className={firstCell}>
        <span className="flex min-w-0 items-center gap-1.5">
          <PersonGlyph name={erased ? null : name} mine={person.id === me.id} />
          <Link
            to="/people/$id"
            params={{ id: person.id }}
            className={cx("cut hover:underline", person.active === false && "text-ink-3")}
          >
            {name}
          </Link>
          {person.kind === "BOT" ? (
            <Bot role="img" aria-label={t`Program`} className="size-4 shrink-0 text-ink-3" />
          ) : null}
        </span>
        <span className={cx(secondLine, "overflow-visible wrap-anywhere whitespace-normal")}>
          {erased ? null : person.email}
        </span>
      </Cell>
      <Cell className={cx(wideOnly, "wrap-anywhere whitespace-normal text-ink-2")}>
        {erased ? "—" : person.email}
      </Cell>
      <Cell className={cx(wideOnly, person.role === "EMPLOYEE" && "text-ink-2")}>{role}</Cell>
      <Cell>
        <PersonState person={person} />
        <span className={secondLine}>{role}</span>
      </Cell>
      <Cell numeric className={wideOnly}>
        {capped(count)}
      </Cell>
      <Cell numeric className={cx(wideOnly, "text-ink-3")}>
        {person.createdAt === undefined ? null : <Time iso={person.createdAt} />}
      </Cell>
      <Cell numeric>
        <PersonMenu person={person} onOpen={(dialog) => onOpen({ id: person.id, dialog })} />
      </Cell>
    </Row>
  );
});

export function PersonState({ person }: { person: Listed }) {
  const { t } = useLingui();
  if (person.active === undefined) return null;
  if (person.erasedAt !== undefined && person.erasedAt !== null) {
    return <State icon={Eraser} tone="past">{t`Erased`}</State>;
  }
  if (!person.active) return <State icon={Ban} tone="past">{t`Deactivated`}</State>;
  return <State>{t`Active`}</State>;
}
