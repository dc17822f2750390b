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

  // The words are loaded beside the scripts that will ask for them, not after them.
  const words = new Map(
    Array.from(document.querySelectorAll("meta[name^=words-]"), ({ name, content }) => [
      name.slice("words-".length),
      content,
    ]),
  );
  const languages = [chosen.locale, ...navigator.languages].map((tag) => tag?.slice(0, 2));
  const href = words.get(languages.find((language) => words.has(language)) ?? "en");
  if (href !== undefined) {
    document.head.append(
      Object.assign(document.createElement("link"), { rel: "modulepreload", href }),
    );
  }
})();
