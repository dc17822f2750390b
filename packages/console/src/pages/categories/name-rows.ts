/** A name in a language, as it is typed. */
export interface NameRow {
  id: number;
  tag: string;
  name: string;
}

export function rowsOf(names: Readonly<Record<string, string>>): NameRow[] {
  return Object.entries(names).map(([tag, name], id) => ({ id, tag, name }));
}

/** The names by language; rows without both are left out. The later of two rows of one language counts. */
export function namesOf(rows: readonly NameRow[]): Record<string, string> {
  return Object.fromEntries(
    rows
      .map(({ tag, name }) => [tag.trim(), name.trim()] as const)
      .filter(([tag, name]) => tag !== "" && name !== ""),
  );
}

/** A short name for the address, from a name in Latin letters. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/g, "");
}
