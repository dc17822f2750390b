/**
 * Calls `listener` when the page is hidden or left, and when it is shown again; at once if it is hidden. Elsewhere than in a
 * page, never.
 * @returns removes the listener
 */
export function whenHidden(listener: (isHidden: boolean) => void): () => void {
  const page = globalThis.document as Document | undefined;
  if (!page?.addEventListener) return () => {};
  let wasHidden = false;
  const report = (isHidden: boolean) => {
    if (wasHidden === isHidden) return;
    wasHidden = isHidden;
    listener(isHidden);
  };
  const onChange = () => report(page.visibilityState === "hidden");
  const onLeave = () => report(true);
  page.addEventListener("visibilitychange", onChange);
  globalThis.addEventListener("pagehide", onLeave);
  globalThis.addEventListener("pageshow", onChange);
  onChange();
  return () => {
    page.removeEventListener("visibilitychange", onChange);
    globalThis.removeEventListener("pagehide", onLeave);
    globalThis.removeEventListener("pageshow", onChange);
  };
}
