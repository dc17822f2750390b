import { useEffect } from "react";

/** Names the page in the browser's tab and history, and for screen readers. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} · ServiceFlow`;
    return () => {
      document.title = "ServiceFlow";
    };
  }, [title]);
}
