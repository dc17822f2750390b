/** The server's name for somebody whose name and address were erased. */
const ERASED = "Erased user";

interface Named {
  fullName: string;
}

/** Whether a person has asked to be forgotten: the name is gone. */
export function isErased({ fullName }: Named): boolean {
  return fullName === ERASED;
}

/** The name of which the square of a person shows the initials. */
export function squareName(person: Named): string {
  return isErased(person) ? "–" : person.fullName;
}

/** What one calls a person in a sentence; undefined: there is no name. */
export function firstName(person: Named): string | undefined {
  return isErased(person) ? undefined : person.fullName.trim().split(/\s+/)[0];
}
