import { VIEWS } from "../app/views.ts";
import { inboxSearch, listInput, PAGE } from "../pages/inbox/inbox-search.ts";

/**
 * Asks for what the page will show, in the form of the SDK's calls. The place in the log of events comes first, so that
 * following the events from there misses nothing of what was loaded after it.
 * @param path of the page, below the console's address
 * @param search of the address, with its question mark
 */
export function askFirst(path: string, search: string): void {
  const answers = new Map<string, Promise<Response>>();
  const position = ask("events.list", { after: "now", limit: 1 })
    .then(async (response) => (await response.json()).result?.data.nextCursor as string | undefined)
    .catch(() => undefined);
  globalThis.firstCalls = { answers, position };
  answers.set(...later(position, "users.me"));
  if (path !== "/inbox") return;
  void position.then((at) => {
    // Nobody is signed in any more, or the server is not to be reached: one call is enough to learn that.
    if (at === undefined) return;
    const input = { ...listInput(inboxSearch(parsed(search))), limit: PAGE };
    for (const call of [
      later(position, "requests.list", input),
      later(position, "requests.counts", { filters: VIEWS }),
      later(position, "categories.list", {}),
    ]) {
      answers.set(...call);
    }
  });
}

function later(
  after: Promise<unknown>,
  procedure: string,
  input?: object,
): [string, Promise<Response>] {
  const answer = after.then(() => ask(procedure, input));
  // The client that takes it over handles the failure.
  answer.catch(() => {});
  return [urlOf(procedure, input), answer];
}

function ask(procedure: string, input?: object): Promise<Response> {
  return fetch(urlOf(procedure, input), { redirect: "manual" });
}

function urlOf(procedure: string, input?: object): string {
  const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  return `${location.origin}/trpc/${procedure}${query}`;
}

/** As the router reads an address. */
function parsed(search: string): Record<string, unknown> {
  const read = (value: string): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return Object.fromEntries(
    [...new URLSearchParams(search)].map(([name, value]) => [name, read(value)]),
  );
}
