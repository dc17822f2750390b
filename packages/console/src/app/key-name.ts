/** The key of an event as `Shortcut.keys` spells it. */
export function keyOf(
  event: Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): string {
  const modifiers = [
    event.ctrlKey || event.metaKey ? "Mod+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey ? "Shift+" : "",
  ].join("");
  // Punctuation moves between layouts: its sign counts as well as its position.
  const named = PUNCTUATION[event.key];
  if (named !== undefined) return `${modifiers.replace("Shift+", "")}${named}`;
  return `${modifiers}${event.code}`;
}

const PUNCTUATION: Readonly<Record<string, string>> = {
  "?": "Question",
  "/": "Slash",
  ".": "Period",
};
