/**
 * Requires that each CTE of a write depends on `authority`, so that none can be written without it.
 * @param text CTEs as they stand in a WITH
 */
export function requireAuthority(name: string, text: string): void {
  const held = ["authority"];
  for (const [cte, body] of ctesIn(text)) {
    if (!held.some((other) => new RegExp(`\\b${other}\\b`).test(body))) {
      throw new Error(`In the write ${name}, ${cte} does not depend on authority.`);
    }
    held.push(cte);
  }
  if (!held.includes("changed")) throw new Error(`The write ${name} has no changed.`);
}

const HEAD = /\s*,?\s*"?(\w+)"? as (?:(?:not )?materialized )?\(/y;

function ctesIn(text: string): [name: string, body: string][] {
  const bare = text.replaceAll(/'(?:[^']|'')*'/g, "''");
  const ctes: [string, string][] = [];
  let at = 0;
  while (bare.slice(at).trim() !== "") {
    HEAD.lastIndex = at;
    const [head, name] = HEAD.exec(bare) ?? [];
    if (head === undefined || name === undefined) throw new Error(`No CTE at: ${bare.slice(at)}`);
    const start = at + head.length;
    at = endOfBody(bare, start) + 1;
    ctes.push([name, bare.slice(start, at - 1)]);
  }
  return ctes;
}

function endOfBody(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error("A CTE has no end.");
}
