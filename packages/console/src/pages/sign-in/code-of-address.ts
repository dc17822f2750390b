/**
 * The one-time code of a link, `#code=...`. The fragment is never sent to a server; it is taken out of the address and of the
 * history at once.
 */
export function codeOfAddress(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null || code === "") return undefined;
  history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  return code;
}
