import { Trans, useLingui } from "@lingui/react/macro";
import { Bar } from "../../app/bar.tsx";
import { usePageTitle } from "../../app/page-title.ts";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import { PersonGlyph } from "../../kit/glyphs.tsx";
import { KeysPanel } from "../keys/keys-panel.tsx";
import { SessionsPanel } from "../keys/sessions-panel.tsx";
import { Settings } from "./settings.tsx";
import { SignOut } from "./sign-out.tsx";

/** The person who is signed in: where they are signed in, and how the console looks to them. */
export function YouPage() {
  const { t, i18n } = useLingui();
  const me = useMe();
  usePageTitle(t`You`);
  return (
    <>
      <Bar title={t`You`} end={<SignOut />} />
      <div data-scroll="" className="min-h-0 grow overflow-y-auto">
        <div className="grid max-w-240 grid-cols-[minmax(0,1fr)] gap-8 px-4 py-5">
          <section aria-label={t`Person`} className="flex items-center gap-3">
            <PersonGlyph name={me.fullName} mine />
            <div className="min-w-0">
              <h2 className="text-20 wrap-anywhere">{me.fullName}</h2>
              <p className="text-ink-2 wrap-anywhere">
                {me.email} · {i18n._(ROLE_WORDS[me.role])}
              </p>
            </div>
          </section>
          <section aria-labelledby="look" className="grid gap-4">
            <h2 id="look" className="border-b border-line pb-1.5 text-16">
              <Trans>On this device</Trans>
            </h2>
            <Settings />
          </section>
          <section aria-labelledby="devices">
            <h2 id="devices" className="pb-2 text-16">
              <Trans>Where you’re signed in</Trans>
            </h2>
            <SessionsPanel owner={me} />
          </section>
          <section aria-labelledby="keys">
            <h2 id="keys" className="text-16">
              <Trans>Your API keys</Trans>
            </h2>
            <p className="pb-2 text-pretty text-ink-2">
              <Trans>
                With a key a program acts as you: it may do what you may, within its scopes.
              </Trans>
            </p>
            <KeysPanel owner={me} />
          </section>
        </div>
      </div>
    </>
  );
}
