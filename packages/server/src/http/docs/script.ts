/** What the page runs. The key is a variable of it: no storage holds it, and a reload forgets it. */
export const SCRIPT = `"use strict";
const DELIVERIES = "What the server sends to the URL of a webhook, by type of event. Any status of 2xx accepts a delivery; any other, or none within 15 seconds, is sent again later.";
(async () => {
  const part = location.pathname.endsWith("/webhooks") ? "webhooks" : "operations";
  const byId = (id) => document.getElementById(id);
  for (const link of document.querySelectorAll("[data-part]")) {
    if (link.dataset.part === part) link.setAttribute("aria-current", "page");
  }
  document.documentElement.dataset.part = part;
  byId("key-form").hidden = part === "webhooks";

  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (isDark) => {
    root.classList.toggle("dark-mode", isDark);
    byId("theme").textContent = isDark ? "Light" : "Dark";
  };
  show(system.matches);
  system.addEventListener("change", () => show(system.matches));
  byId("theme").addEventListener("click", () => show(!root.classList.contains("dark-mode")));

  const spec = await fetch("/openapi.json").then((answer) => answer.json(), () => null);
  if (spec === null) {
    byId("swagger-ui").textContent = "The server did not answer. Reload the page to try again.";
    return;
  }
  const shown = part === "webhooks"
    ? { ...spec, paths: {}, tags: [], info: { ...spec.info, description: DELIVERIES } }
    : { ...spec, webhooks: {} };
  const ui = SwaggerUIBundle({
    spec: shown,
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // Deliveries are what the server sends: there is nothing to try.
    ...(part === "webhooks" ? { supportedSubmitMethods: [] } : {}),
    filter: part === "operations",
    persistAuthorization: false,
    validatorUrl: null,
    onComplete: () => byId("swagger-ui").removeAttribute("aria-busy"),
  });

  let isUsed = false;
  const state = byId("key-state");
  const say = (text, tone) => {
    state.textContent = text;
    state.dataset.tone = tone;
  };
  byId("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = byId("key").value.trim();
    if (isUsed) ui.authActions.logout(["apiKey"]);
    isUsed = false;
    if (key === "") return say("No key is used.", "none");
    if (!/^[!-~]+$/.test(key)) return say("This is not an API key: one begins with sf_, and has letters and digits.", "bad");
    say("Checking the key...", "none");
    try {
      const me = await fetch("/api/v1/users/me", { headers: { "X-API-Key": key } });
      const body = await me.json();
      if (!me.ok) return say(body.detail, "bad");
      ui.preauthorizeApiKey("apiKey", key);
      isUsed = true;
      say("Calls are made as " + body.fullName + ", " + body.role + ".", "good");
    } catch {
      say("The server did not answer.", "bad");
    }
  });
})();
`;
