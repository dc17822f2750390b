import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "../../kit/button.tsx";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Time } from "../../kit/time.tsx";
import { CopyableId } from "../admin/copy-button.tsx";
import { Fact, Facts } from "../admin/facts.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { STATE_WORDS } from "./fault-words.ts";
import { Broken, Finding, Findings, Intact } from "./findings.tsx";
import { shortAnchor } from "./seal.ts";
import type { CheckedLog } from "./use-audit.ts";

/** The server’s own check of the whole log. */
export function ServerVerification({
  check,
  error,
  isRunning,
  state,
  onState,
  onRun,
  onStop,
}: {
  check: CheckedLog | undefined;
  error: unknown;
  isRunning: boolean;
  state: boolean;
  onState: (state: boolean) => void;
  onRun: () => void;
  onStop: () => void;
}) {
  const { t, i18n } = useLingui();
  const number = (value: number) => value.toLocaleString(i18n.locale);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {check === undefined ? (
        <p className="text-ink-2">
          <Trans>The server reads the whole log, and hashes each sealed entry again.</Trans>
        </p>
      ) : (
        <Facts>
          <Fact name={t`Checked`}>
            <Time iso={check.checkedAt} form="words" />
          </Fact>
        </Facts>
      )}
      {error === null ? null : <RefusalBanner error={error} onClose={onStop} />}
      {check === undefined || isRunning ? null : check.fault !== null ? (
        <Broken fault={check.fault} valid={number(check.entries)} />
      ) : (
        <Intact>{t`The server has verified entries up to ${number(check.entries)}.`}</Intact>
      )}
      {check === undefined || check.fault !== null || check.anchor === undefined ? null : (
        <Findings>
          <Finding kind="good">
            {t`It contains the earlier head`}{" "}
            <code className="font-mono text-12">{shortAnchor(check.anchor)}</code>
          </Finding>
        </Findings>
      )}
      {check?.state === null || check?.state === undefined ? null : check.state.matches ? (
        <Findings>
          <Finding kind="good">{t`The tables are what the log says, rows: ${number(check.state.rows)}`}</Finding>
        </Findings>
      ) : (
        <div role="alert" className="grid gap-1.5 rounded-4 bg-danger-tint px-3 py-2">
          <b>{t`The tables differ from the log: ${number(check.state.differences)}`}</b>
          <ul className="grid max-h-60 gap-1 overflow-auto">
            {check.state.found.map((difference) => (
              <li
                key={`${difference.table} ${difference.id} ${difference.field}`}
                className="[overflow-wrap:anywhere]"
              >
                {difference.table}
                {difference.field === null ? null : `.${difference.field}`}{" "}
                {i18n._(STATE_WORDS[difference.problem] ?? difference.problem)}
                <CopyableId id={difference.id} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <Checkbox isSelected={state} onChange={onState}>
        {t`Compare the tables with the log as well`}
      </Checkbox>
      <div className="flex gap-2">
        <Button isPending={isRunning} onPress={onRun}>
          {isRunning ? t`The server is checking` : t`Check on the server`}
        </Button>
        {isRunning ? (
          <Button kind="quiet" onPress={onStop}>
            <Trans>Stop</Trans>
          </Button>
        ) : null}
      </div>
    </div>
  );
}
