import { Trans, useLingui } from "@lingui/react/macro";
import { Bar } from "../../app/bar.tsx";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import { Devices } from "./devices.tsx";
import { Settings } from "./settings.tsx";
import { SignOut } from "./sign-out.tsx";

/** The person who is signed in: where they are signed in, and how the console looks to them. */
export function YouPage() {
  const { t, i18n } = useLingui();
  const me = useMe();
  return (
    <>
      <Bar title={t`You`} end={<SignOut />} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="grid max-w-180 gap-8 px-6 py-6">
          <section aria-label={t`Person`}>
            <h2 className="text-20">{me.fullName}</h2>
            <p className="text-ink-2">
              {me.email} · {i18n._(ROLE_WORDS[me.role])}
            </p>
          </section>
          <section aria-labelledby="devices" className="grid gap-2">
            <h2 id="devices" className="text-16">
              <Trans>Where you’re signed in</Trans>
            </h2>
            <Devices />
          </section>
          <section aria-labelledby="look" className="grid gap-4">
            <h2 id="look" className="text-16">
              <Trans>On this device</Trans>
            </h2>
            <Settings />
          </section>
        </div>
      </div>
    </>
  );
}
