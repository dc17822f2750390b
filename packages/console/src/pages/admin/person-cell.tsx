import type { UserRef } from "@serviceflow/sdk";
import { useMe } from "../../app/session.tsx";
import { PersonGlyph } from "../../kit/glyphs.tsx";

/** A person with their square. */
export function PersonCell({ person }: { person: Pick<UserRef, "id" | "fullName"> }) {
  const me = useMe();
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle">
      <PersonGlyph name={person.fullName} mine={person.id === me.id} />
      <span className="cut" title={person.fullName}>
        {person.fullName}
      </span>
    </span>
  );
}
