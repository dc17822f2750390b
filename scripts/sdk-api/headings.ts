/** What a page of the reference says of one thing. */
export interface Heading {
  /** `Requests.create`, or `verify` for a function. */
  name: string;
  /** The fragment of its address, as GitHub makes it. */
  anchor: string;
  /** The first sentence of its description; empty when there is none. */
  summary: string;
}

/** The declarations of a page, and their members. */
export function readHeadings(page: string): Heading[] {
  const taken = new Map<string, number>();
  const headings: (Heading & { level: number })[] = [];
  let owner = "";
  let isCode = false;
  let paragraph: string[] = [];

  function describe(): void {
    const text = paragraph.join(" ");
    const last = headings.at(-1);
    if (last && text !== "" && last.summary === "") last.summary = firstSentence(text);
    paragraph = [];
  }

  for (const line of page.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    const [, marks, title] = (isCode ? null : /^(#+) (.*)$/.exec(line)) ?? [];
    if (marks === undefined || title === undefined) {
      // The signature is quoted; a table or a list is no sentence.
      if (line === "") describe();
      else if (!isCode && !/^[>|`*<]/.test(line)) paragraph.push(line);
      continue;
    }
    describe();
    const slug = slugOf(title);
    const times = taken.get(slug) ?? 0;
    taken.set(slug, times + 1);
    const name = title.replace(/\(\)$|\\?<.*$/g, "");
    if (marks.length === 3) owner = name;
    headings.push({
      name: marks.length === 3 ? name : `${owner}.${name}`,
      anchor: times === 0 ? slug : `${slug}-${times}`,
      // What stands below a heading within a member, such as its parameters, describes no member.
      summary: "",
      level: marks.length,
    });
  }
  describe();
  return headings
    .filter(({ level }) => level === 3 || level === 5)
    .map(({ name, anchor, summary }) => ({ name, anchor, summary }));
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?= [A-Z`]|$)/.exec(text)?.[0] ?? text;
}
