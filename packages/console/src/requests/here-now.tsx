import { Trans, useLingui } from "@lingui/react/macro";
import type { PresentPerson, ServiceRequest } from "@serviceflow/sdk";
import { firstName, squareName } from "../app/person-name.ts";
import { cx } from "../kit/cx.ts";
import { PersonGlyph } from "../kit/glyphs.tsx";

interface HereProps {
  request: ServiceRequest;
  people: readonly PresentPerson[];
}

/** The others who are on the request, below its properties. */
export function HereNow({ request, people }: HereProps) {
  if (people.length === 0) return null;
  return (
    <section className="border-t border-line p-4">
      <h2 className="mb-1 text-12 font-medium text-ink-3">
        <Trans>Here now</Trans>
      </h2>
      <ul className="grid gap-1">
        {people.map((person) => (
          <li key={person.user.id}>
            <Present request={request} person={person} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The same in the line of the id, which is there anyway: one who writes comes first. */
export function HereLine({ request, people, className }: HereProps & { className?: string }) {
  const [first, ...others] = people;
  if (first === undefined) return null;
  const more = others.length;
  return (
    <span
      title={people.map(({ user }) => user.fullName).join(", ")}
      className={cx("ml-auto flex min-w-0 items-center gap-1.5", className)}
    >
      <Present request={request} person={first} />
      {more === 0 ? null : <span className="text-ink-3">+{more}</span>}
    </span>
  );
}

function Present({
  request,
  person: { user, state },
}: {
  request: ServiceRequest;
  person: PresentPerson;
}) {
  const { t } = useLingui();
  const name = firstName(user) ?? t`Somebody`;
  const isRequester = user.id === request.requester.id;
  return (
    <span title={user.fullName} className="flex min-w-0 items-center gap-1.5 text-12 text-ink-2">
      <PersonGlyph name={squareName(user)} />
      <span className="cut">
        {state === "WRITING_INTERNALLY" ? (
          <Trans>{name} is writing a note</Trans>
        ) : state !== "WRITING" ? (
          <Trans>{name} is viewing</Trans>
        ) : isRequester ? (
          <Trans>{name} is writing</Trans>
        ) : (
          <Trans>{name} is writing a reply</Trans>
        )}
      </span>
    </span>
  );
}
