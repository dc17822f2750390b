import { useLingui } from "@lingui/react/macro";
import type { PresentPerson } from "@serviceflow/sdk";
import { firstName, squareName } from "../app/person-name.ts";
import { PersonGlyph } from "../kit/glyphs.tsx";

const SHOWN = 2;

/** Who else is on a request, in words for a row that is read out whole. */
export function useHereWords(): (person: PresentPerson) => string {
  const { t } = useLingui();
  return ({ user, state }) => {
    const name = firstName(user) ?? t`Somebody`;
    return state === "VIEWING" ? t`${name} is viewing` : t`${name} is writing`;
  };
}

/** The others who are on a request, small: at the end of its title. They are in the words of the row as well. */
export function HereMarks({ people }: { people: readonly PresentPerson[] }) {
  const more = people.length - SHOWN;
  return (
    <span aria-hidden="true" className="flex shrink-0 items-center gap-1">
      {people.slice(0, SHOWN).map(({ user, state }) => (
        <span key={user.id} className="relative grid">
          <PersonGlyph name={squareName(user)} />
          {state === "VIEWING" ? null : <Pen />}
        </span>
      ))}
      {more > 0 ? <span className="text-11 text-ink-3">+{more}</span> : null}
    </span>
  );
}

/** On the corner of one who writes. */
function Pen() {
  return (
    <svg
      viewBox="0 0 10 10"
      className="absolute -right-1 -bottom-1 size-2.5 rounded-full bg-accent"
    >
      <path d="M2.5 7.5 3 5.75 6.25 2.5 7.5 3.75 4.25 7z" className="fill-ground" />
    </svg>
  );
}
