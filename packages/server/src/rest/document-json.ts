export type Json = null | boolean | number | string | Json[] | Members;
export type Members = { [key: string]: Json };

export function isMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a member: none where there is no object. */
export function membersOf(holder: Members, ...path: string[]): Members {
  return path.reduce<Members>((node, name) => {
    const member = node[name];
    return isMembers(member) ? member : {};
  }, holder);
}

/** Replaces every object in a document, the innermost first. */
export function rewritten(node: Json, rewrite: (members: Members) => Members): Json {
  if (Array.isArray(node)) return node.map((item) => rewritten(item, rewrite));
  if (!isMembers(node)) return node;
  const members = Object.entries(node).map(([name, member]) => [name, rewritten(member, rewrite)]);
  return rewrite(Object.fromEntries(members));
}

/** Every operation of the paths. */
export function operationsIn(document: Members): Members[] {
  return Object.keys(membersOf(document, "paths")).flatMap((path) =>
    Object.values(membersOf(document, "paths", path)).filter(isMembers),
  );
}
