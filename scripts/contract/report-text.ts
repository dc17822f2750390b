import { outside } from "./split.ts";

/** What an API report says of one exported name, or of one instance of a generic type. */
export interface Declaration {
  name: string;
  /** `class`, `interface`, ...; an instance has the kind of its type. */
  kind: string;
  /** Type parameters and bases. */
  shape: string;
  /** Whether its values are given to the SDK, or come from it; both for a type that no signature mentions. */
  given: boolean;
  answered: boolean;
  /** By name, what the lines say of it. */
  members: Map<string, Member[]>;
}

export interface Member {
  /** A member of a union or a list, a property, a method, or what a name stands for. */
  kind: "listed" | "property" | "method" | "alias";
  optional: boolean;
  readonly: boolean;
  /** The type, or the signature. */
  text: string;
}

const HEAD = /^(type-only class|class|interface|type|const|function) ([\w$]+)(.*)$/;

/** Reads an API report by the name of what each line is about. */
export function parseReport(text: string): Map<string, Declaration> {
  const all = new Map<string, Declaration>();
  let current: Declaration | undefined;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const head = HEAD.exec(line);
    if (head) {
      const [, kind = "", name = "", rest = ""] = head;
      const known = all.get(name);
      current = known ?? declaration(name, kind, kind === "function" ? "" : rest);
      all.set(name, current);
      if (kind === "function") add(current, "", { ...PLAIN, kind: "method", text: rest });
      continue;
    }
    if (!current) throw new Error(`An API report cannot begin with: ${line}`);
    const { owner, key, member } = parseMember(line);
    const about = all.get(owner) ?? { ...current, name: owner, members: new Map() };
    all.set(owner, about);
    add(about, key, member);
  }
  return all;
}

const PLAIN = { optional: false, readonly: false };

function declaration(name: string, kind: string, rest: string): Declaration {
  const roles = / \[(in|out|in, out)\]$/.exec(rest)?.[1];
  // What is no type has no values to give: it is called and read.
  const isType = kind === "interface" || kind === "type";
  return {
    name,
    kind,
    shape: roles ? rest.slice(0, -` [${roles}]`.length) : rest,
    given: roles?.includes("in") ?? isType,
    answered: roles?.includes("out") ?? true,
    members: new Map(),
  };
}

function add({ members }: Declaration, key: string, member: Member): void {
  members.set(key, [...(members.get(key) ?? []), member]);
}

function parseMember(line: string): { owner: string; key: string; member: Member } {
  const places = [...outside(line)];
  const ends = places.find((at) => /^(\.|::| \| | = | has |: )/.test(line.slice(at)));
  if (ends === undefined) throw new Error(`An API report cannot say: ${line}`);
  const owner = line.slice(0, ends);
  const rest = line.slice(ends);
  const listed = /^ \| (.*)$/.exec(rest);
  if (listed)
    return { owner, key: rest, member: { ...PLAIN, kind: "listed", text: listed[1] ?? "" } };
  if (rest.startsWith(" = ") || rest.startsWith(": ")) {
    const kind = "alias";
    return { owner, key: "", member: { ...PLAIN, kind, text: rest.replace(/^ = |^: /, "") } };
  }
  const inList = /^(\.[\w$]+)? has /.exec(rest);
  if (inList) return { owner, key: rest, member: { ...PLAIN, kind: "listed", text: rest } };
  const dots = rest.startsWith("::") ? "::" : ".";
  const said = rest.slice(dots.length);
  const isReadonly = said.startsWith("readonly ");
  const body = isReadonly ? said.slice("readonly ".length) : said;
  const name = /^(\[.*?\]|"(?:[^"\\]|\\.)*"|[\w$]+)/.exec(body)?.[0] ?? "";
  const after = body.slice(name.length);
  const optional = after.startsWith("?");
  const text = optional ? after.slice(1) : after;
  const kind = text.startsWith(": ") ? "property" : "method";
  return {
    owner,
    key: `${dots}${name}`,
    member: { kind, optional, readonly: isReadonly, text: text.replace(/^: /, "") },
  };
}
