import "./styles/app.css";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { I18nProvider as AriaI18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { queriesAtOnce, queryClient } from "./app/client.ts";
import { useAppearance } from "./app/use-appearance.ts";
import { activate, preferredLocale } from "./app/words.ts";
import { router } from "./frame/router.tsx";

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
// Asked for meanwhile: who is signed in.
void queryClient.prefetchQuery(queriesAtOnce.users.me());
await activate(preferredLocale());
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
