import { useLingui } from "@lingui/react/macro";
import type { ApiKey } from "@serviceflow/sdk";
import { Ban, CircleCheck, ClockAlert, RefreshCw } from "lucide-react";
import { useMe } from "../../app/session.tsx";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { cx } from "../../kit/cx.ts";
import { MenuItem } from "../../kit/menu.tsx";
import { RowMenu } from "../../kit/row-menu.tsx";
import { Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { VirtualTable } from "../../kit/virtual-table.tsx";
import { State } from "../admin/state.tsx";
import { keyState, works } from "./key-state.ts";
import { SCOPE_WORDS } from "./scope-words.ts";

/** Keys, one a row. */
export function KeysTable({
  keys,
  more,
  here,
  onOpen,
}: {
  keys: readonly ApiKey[];
  /** Whether there are keys that are not loaded yet. */
  more: boolean;
  here?: string;
  onOpen: (dialog: "rotate" | "revoke", key: ApiKey) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const now = Date.now();
  return (
    <VirtualTable
      label={t`Keys`}
      rows={keys}
      more={more}
      idOf={({ id }) => id}
      head={
        <>
          <Th className="tablet:w-[min(24cqw,22rem)]">{t`Name`}</Th>
          <Th className={cx(wideOnly, "w-38")}>{t`Key`}</Th>
          <Th className={wideOnly}>{t`Scopes`}</Th>
          <Th className={cx(wideOnly, "w-30")} numeric>{t`Last used`}</Th>
          <Th className={cx(wideOnly, "w-44")}>{t`Expires`}</Th>
          <Th className="w-30 tablet:w-36">{t`State`}</Th>
          <CommandsTh />
        </>
      }
    >
      {(key, row) => {
        const { name } = key;
        const scopes = key.scopes.map((scope) => i18n._(SCOPE_WORDS[scope]?.name ?? scope));
        return (
          <Row {...row} isHere={key.id === here}>
            <Cell className={firstCell}>
              <span
                className={cx("block truncate font-medium", !works(key, now) && "text-ink-3")}
                title={name}
              >
                {name}
              </span>
              <span className={secondLine}>
                {`${key.prefix}… · `}
                {scopes.join(", ")}
              </span>
            </Cell>
            <Cell className={cx(wideOnly, "font-mono text-12 text-ink-2")}>
              {key.prefix}…{key.lastFour}
            </Cell>
            <Cell className={cx(wideOnly, "truncate text-ink-2")} title={scopes.join(", ")}>
              {scopes.join(", ")}
            </Cell>
            <Cell numeric className={cx(wideOnly, "text-ink-3")}>
              {key.lastUsedAt === null ? t`not yet` : <Time iso={key.lastUsedAt} />}
            </Cell>
            <Cell className={cx(wideOnly, "text-ink-2")}>
              <Ends apiKey={key} now={now} />
            </Cell>
            <Cell>
              <KeyStateWords apiKey={key} now={now} />
            </Cell>
            <Cell numeric>
              {works(key, now) ? (
                <RowMenu
                  name={name}
                  onAction={(action) => onOpen(action as "rotate" | "revoke", key)}
                >
                  <MenuItem id="rotate" consequence={t`A new one, while the old one still works.`}>
                    {t`Rotate…`}
                  </MenuItem>
                  <MenuItem
                    id="revoke"
                    consequence={
                      key.id === me.callingKey.id ? t`You are signed in with it.` : undefined
                    }
                  >
                    <span className="text-danger">{t`Revoke…`}</span>
                  </MenuItem>
                </RowMenu>
              ) : null}
            </Cell>
          </Row>
        );
      }}
    </VirtualTable>
  );
}

/** When a key ends, by its expiry or its rotation. */
function Ends({ apiKey, now }: { apiKey: ApiKey; now: number }) {
  const { t } = useLingui();
  const state = keyState(apiKey, now);
  const at = state.kind === "rotating" ? state.at : apiKey.expiresAt;
  return at === null ? t`never` : <Time iso={at} form="clock" />;
}

function KeyStateWords({ apiKey, now }: { apiKey: ApiKey; now: number }) {
  const { t } = useLingui();
  const state = keyState(apiKey, now);
  switch (state.kind) {
    case "active":
      return <State icon={CircleCheck} tone="good">{t`Active`}</State>;
    case "expiring":
      return <State icon={ClockAlert}>{t`Expires soon`}</State>;
    case "rotating":
      return <State icon={RefreshCw}>{t`Rotating`}</State>;
    case "expired":
      return <State icon={ClockAlert} tone="past">{t`Expired`}</State>;
    case "revoked":
      return (
        <State icon={Ban} tone="past">
          {t`Revoked`} <Time iso={state.at} />
        </State>
      );
  }
}
