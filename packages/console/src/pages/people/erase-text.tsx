import { Trans } from "@lingui/react/macro";

/** What an erasure takes and what it leaves. */
export function EraseText() {
  return (
    <>
      <h3 className="text-ink">
        <Trans>Lost for good</Trans>
      </h3>
      <ul className="list-disc pl-5">
        <li>
          <Trans>
            The name, the address, the language and the time zone, also in the audit log
          </Trans>
        </li>
        <li>
          <Trans>All keys and sessions; webhooks this person owns are disabled</Trans>
        </li>
      </ul>
      <h3 className="text-ink">
        <Trans>What stays</Trans>
      </h3>
      <ul className="list-disc pl-5">
        <li>
          <Trans>Requests and comments, by an erased person, and what others wrote</Trans>
        </li>
        <li>
          <Trans>The audit log, which still verifies</Trans>
        </li>
      </ul>
      <p className="font-medium text-danger">
        <Trans>This cannot be undone.</Trans>
      </p>
    </>
  );
}
