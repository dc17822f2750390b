// In <head> and external: the theme is set before the first paint, and the Content-Security-Policy allows no inline script.
(() => {
  let chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem("serviceflow.appearance") ?? "{}");
  } catch {}
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.theme = chosen.theme ?? (dark ? "dark" : "light");
  root.dataset.motion = chosen.motion ?? "on";
})();
