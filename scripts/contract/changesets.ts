const CONTRACT = "@serviceflow/sdk";

/** Whether one of these changesets announces that the contract breaks: the package that carries it gets a new major. */
export function announcesBreak(changesets: readonly string[]): boolean {
  return changesets.some((changeset) => {
    const head = /^---\r?\n(.*?)\r?\n---/s.exec(changeset)?.[1] ?? "";
    return head
      .split("\n")
      .some((line) => /^["']?([^"':]+)["']?\s*:\s*major\s*$/.exec(line)?.[1] === CONTRACT);
  });
}
