const AGAIN_AFTER_MS = 2_000;
const RELOADED_AT = "serviceflow.reloaded";
const RELOAD_EVERY_MS = 60_000;

/**
 * Loads a part of the console. While the server cannot be reached it waits; where a newer server no longer has the file, it
 * loads the whole page again. What is typed survives that as a draft.
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let missing = 0; ; ) {
    try {
      return await load();
    } catch (error) {
      missing = (await isServed()) ? missing + 1 : 0;
      if (missing > 1) reloadOnce(error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }
}

async function isServed(): Promise<boolean> {
  try {
    const { ok } = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    return ok;
  } catch {
    return false;
  }
}

function reloadOnce(error: unknown): void {
  try {
    const before = Number(sessionStorage.getItem(RELOADED_AT));
    if (Date.now() - before < RELOAD_EVERY_MS) throw error;
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  } catch {
    // Without storage it might reload again and again.
    throw error;
  }
  location.reload();
}
