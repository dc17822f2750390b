import { Trans, useLingui } from "@lingui/react/macro";
import type { SealState } from "@serviceflow/sdk";
import { Time } from "../../kit/time.tsx";
import { CopyableText } from "../admin/copy-button.tsx";
import { Fact, Facts } from "../admin/facts.tsx";
import { Moment } from "../admin/moment.tsx";
import { anchorOf, shortHash } from "./seal.ts";

/** The server counts what waits up to here. */
const MOST_COUNTED = 1_000;

/** How far the log is sealed, what waits for its seal, and the last anchor. */
export function SealFacts({ seal }: { seal: SealState }) {
  const { t, i18n } = useLingui();
  const number = (value: number) => value.toLocaleString(i18n.locale);
  const { head, unsealed, unsealedSince, lastAnchor } = seal;
  const most = number(MOST_COUNTED);
  if (head === null && unsealed === 0) {
    return (
      <p className="text-ink-2">
        <Trans>Nothing is sealed yet.</Trans>
      </p>
    );
  }
  return (
    <Facts>
      <Fact name={t`Sealed to`}>
        <b>{head === null ? "—" : number(head.position)}</b>
      </Fact>
      {head === null ? null : (
        <>
          <Fact name={t`Sealed at`}>
            <Moment iso={head.sealedAt} />
          </Fact>
          <Fact name={t`Head`}>
            <CopyableText text={anchorOf(head)} name={t`position:hash`}>
              {shortHash(head.hash)}
            </CopyableText>
          </Fact>
        </>
      )}
      <Fact name={t`Waiting`}>
        {unsealed < MOST_COUNTED ? number(unsealed) : t`${most} or more`}
        {unsealedSince === null ? null : (
          <span className="text-ink-3">
            <Time iso={unsealedSince} form="words" />
          </span>
        )}
      </Fact>
      <Fact name={t`Last anchor`}>
        {lastAnchor === null ? (
          "—"
        ) : (
          <>
            {number(lastAnchor.position)}
            <span className="text-ink-3">
              <Time iso={lastAnchor.anchoredAt} form="words" />
            </span>
          </>
        )}
      </Fact>
    </Facts>
  );
}
