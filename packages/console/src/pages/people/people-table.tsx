import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Ban, Bot, Eraser } from "lucide-react";
import { useState } from "react";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import { capped } from "../../app/views.ts";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { cx } from "../../kit/cx.ts";
import { PersonGlyph } from "../../kit/glyphs.tsx";
import { Table, Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { State } from "../admin/state.tsx";
import { type PersonDialog, PersonDialogs } from "./person-dialogs.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { useOpenCounts } from "./use-open-counts.ts";
import type { Listed } from "./use-people.ts";

/** People, one a row; those who work on requests with how many they hold. */
export function PeopleTable({ people }: { people: readonly Listed[] }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [open, setOpen] = useState<{ id: string; dialog: PersonDialog }>();
  const counts = useOpenCounts(
    people.filter(({ role }) => role === "AGENT" || role === "ADMIN").map(({ id }) => id),
  );
  const opened = people.find(({ id }) => id === open?.id);
  return (
    <>
      <Table label={t`People`}>
        <thead>
          <tr>
            <Th>{t`Name`}</Th>
            <Th className={wideOnly}>{t`Address`}</Th>
            <Th className={wideOnly}>{t`Role`}</Th>
            <Th>{t`State`}</Th>
            <Th className={wideOnly} numeric>{t`Open requests`}</Th>
            <Th className={wideOnly} numeric>{t`Added`}</Th>
            <CommandsTh />
          </tr>
        </thead>
        <tbody>
          {people.map((person) => {
            const erased = person.erasedAt !== undefined && person.erasedAt !== null;
            const name = erased ? t`Erased person` : person.fullName;
            const role = person.role === undefined ? "" : i18n._(ROLE_WORDS[person.role]);
            return (
              <Row key={person.id} isHere={person.id === open?.id}>
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
                      <Bot
                        role="img"
                        aria-label={t`Program`}
                        className="size-4 shrink-0 text-ink-3"
                      />
                    ) : null}
                  </span>
                  <span className={secondLine}>
                    {[role, person.email].filter(Boolean).join(" · ")}
                  </span>
                </Cell>
                <Cell className={cx(wideOnly, "max-w-72 truncate text-ink-2")} title={person.email}>
                  {erased ? "—" : person.email}
                </Cell>
                <Cell className={cx(wideOnly, person.role === "EMPLOYEE" && "text-ink-2")}>
                  {role}
                </Cell>
                <Cell>
                  <PersonState person={person} />
                </Cell>
                <Cell numeric className={wideOnly}>
                  {capped(counts.get(person.id))}
                </Cell>
                <Cell numeric className={cx(wideOnly, "text-ink-3")}>
                  {person.createdAt === undefined ? null : <Time iso={person.createdAt} />}
                </Cell>
                <Cell numeric>
                  <PersonMenu
                    person={person}
                    onOpen={(dialog) => setOpen({ id: person.id, dialog })}
                  />
                </Cell>
              </Row>
            );
          })}
        </tbody>
      </Table>
      {opened === undefined || open === undefined ? null : (
        <PersonDialogs id={opened.id} dialog={open.dialog} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}

export function PersonState({ person }: { person: Listed }) {
  const { t } = useLingui();
  if (person.active === undefined) return null;
  if (person.erasedAt !== undefined && person.erasedAt !== null) {
    return <State icon={Eraser} tone="past">{t`Erased`}</State>;
  }
  if (!person.active) return <State icon={Ban} tone="past">{t`Deactivated`}</State>;
  return <State>{t`Active`}</State>;
}
