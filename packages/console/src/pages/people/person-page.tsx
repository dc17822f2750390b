import { Trans, useLingui } from "@lingui/react/macro";
import { type OneTimeCode, ServiceFlowError, type User } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { NotFound } from "../../app/not-found.tsx";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { PersonGlyph } from "../../kit/glyphs.tsx";
import { Time } from "../../kit/time.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { CopyableId } from "../admin/copy-button.tsx";
import { Fact, Facts } from "../admin/facts.tsx";
import { WorkRegion } from "../admin/work-region.tsx";
import { CodesPanel } from "../keys/codes-panel.tsx";
import { KeysPanel } from "../keys/keys-panel.tsx";
import { RevokeAll } from "../keys/revoke-all.tsx";
import { SessionsPanel } from "../keys/sessions-panel.tsx";
import { InvitePerson } from "./invite-person.tsx";
import { PersonState } from "./people-table.tsx";
import { type PersonDialog, PersonDialogs } from "./person-dialogs.tsx";
import { PersonMenu } from "./person-menu.tsx";

const route = getRouteApi("/people/$id");

/** One person: who they are, their keys and their sessions. */
export function PersonPage() {
  return (
    <AdminOnly>
      <OnePerson />
    </AdminOnly>
  );
}

function OnePerson() {
  const { t } = useLingui();
  const { id } = route.useParams();
  const person = useQuery(queries.users.get(id));
  if (person.data !== undefined) return <Loaded person={person.data} />;
  if (ServiceFlowError.is(person.error) && person.error.code === "not_found") return <NotFound />;
  return (
    <>
      <Bar title={<BackToPeople />} />
      {person.isError ? (
        <LoadFailure error={person.error} retry={() => void person.refetch()} />
      ) : (
        <SkeletonRows label={t`Loading`} />
      )}
    </>
  );
}

function BackToPeople() {
  return (
    <Link to="/people" className="flex items-center gap-1.5 font-medium text-ink-2 hover:text-ink">
      <ArrowLeft aria-hidden="true" className="size-4" />
      <Trans>People</Trans>
    </Link>
  );
}

function Loaded({ person }: { person: User }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [dialog, setDialog] = useState<PersonDialog>();
  const [replaced, setReplaced] = useState<OneTimeCode>();
  const { id } = person;
  const erased = person.erasedAt !== null;
  const fullName = erased ? t`Erased person` : person.fullName;
  return (
    <>
      <Bar
        title={
          <span className="flex items-center gap-3">
            <BackToPeople />
            <span className="flex min-w-0 items-center gap-1.5">
              <PersonGlyph name={erased ? null : fullName} mine={id === me.id} />
              <span className="cut max-w-[40vw]">{fullName}</span>
            </span>
          </span>
        }
        end={<PersonMenu person={person} onOpen={setDialog} />}
      />
      <WorkRegion
        label={fullName}
        className="split:grid split:grid-cols-[minmax(0,1fr)_var(--side)] split:grid-rows-[1fr]"
      >
        <div className="grid content-start border-line split:order-1 split:border-r">
          <Section title={t`Keys`}>
            <KeysPanel owner={person} />
          </Section>
          <Section title={t`Sessions`}>
            <SessionsPanel owner={person} />
          </Section>
          {erased ? null : (
            <Section title={t`Invitations and codes`}>
              <CodesPanel
                owner={person}
                {...(person.active && person.kind !== "BOT" ? { onReplace: setReplaced } : {})}
              />
            </Section>
          )}
        </div>
        <section
          aria-label={t`Person`}
          className="order-2 grid content-start gap-4 border-t border-line p-4 split:border-t-0"
        >
          <Facts>
            <Fact name={t`Role`}>{i18n._(ROLE_WORDS[person.role])}</Fact>
            <Fact name={t`State`}>
              <PersonState person={person} />
            </Fact>
            {erased ? null : <Fact name={t`Address`}>{person.email}</Fact>}
            <Fact name={t`Kind`}>{person.kind === "BOT" ? t`Program` : t`Person`}</Fact>
            {person.locale === null ? null : <Fact name={t`Language`}>{person.locale}</Fact>}
            {person.timeZone === null ? null : <Fact name={t`Time zone`}>{person.timeZone}</Fact>}
            <Fact name={t`Added`}>
              <Time iso={person.createdAt} form="clock" />
            </Fact>
            {person.erasedAt === null ? null : (
              <Fact name={t`Erased`}>
                <Time iso={person.erasedAt} form="clock" />
              </Fact>
            )}
            <Fact name={t`Id`}>
              <CopyableId id={id} />
            </Fact>
          </Facts>
          <p className="flex flex-wrap gap-x-4 gap-y-2">
            <Link to="/audit" search={{ actor: id }} className="text-accent underline">
              <Trans>What they did</Trans>
            </Link>
            <Link to="/audit" search={{ subject: id }} className="text-accent underline">
              <Trans>What was done to them</Trans>
            </Link>
          </p>
          {erased ? null : <RevokeAll owner={person} />}
        </section>
      </WorkRegion>
      {dialog === undefined ? null : (
        <PersonDialogs id={id} dialog={dialog} onClose={() => setDialog(undefined)} />
      )}
      {replaced === undefined ? null : (
        <InvitePerson person={person} replaced={replaced} onClose={() => setReplaced(undefined)} />
      )}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid min-w-0 pb-4">
      <h2 className="px-3 py-2.5">{title}</h2>
      {children}
    </section>
  );
}
