import "./styles/app.css";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, startTransition } from "react";
import { I18nProvider as AriaI18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { queriesAtOnce, queryClient } from "./app/client.ts";
import { useAppearance } from "./app/use-appearance.ts";
import { activate, preferredLocale } from "./app/words.ts";
import { router } from "./frame/router.tsx";
import { inboxSearch } from "./pages/inbox/inbox-search.ts";
import { loadInbox } from "./pages/inbox/load-inbox.ts";

const SOON_MS = 1_000;

function Console() {
  useAppearance();
  return (
    <I18nProvider i18n={i18n}>
      <AriaI18nProvider locale={i18n.locale}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AriaI18nProvider>
    </I18nProvider>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root.");
const soon = new Promise((resolve) => setTimeout(resolve, SOON_MS));
const page = queryClient.fetchQuery(queriesAtOnce.users.me()).then(loadPage, () => {});
await Promise.all([activate(preferredLocale()), Promise.race([soon, page])]);
// In parts that each leave the browser time for other things.
startTransition(() => {
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
});

/** What comes soon is drawn at once, without a picture of it before. */
async function loadPage(): Promise<void> {
  const { pathname, search } = router.latestLocation;
  if (pathname === "/inbox") await Promise.all([loadInbox(inboxSearch(search)), router.load()]);
}
