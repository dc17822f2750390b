import type { Office } from "./fill.ts";
import type { PersonName } from "./office.ts";

type State = "VIEWING" | "WRITING" | "WRITING_INTERNALLY";

const REPEAT_MS = 10_000;

/**
 * Has colleagues be on requests as long as pictures are taken.
 * @returns ends it
 */
export async function keepPresent(
  url: string,
  office: Office,
  visitors: readonly { person: PersonName; on: string; state: State }[],
): Promise<() => void> {
  const say = async () => {
    for (const { person, on, state } of visitors) {
      const answer = await fetch(`${url}/api/v1/requests/${on}/presence`, {
        method: "PUT",
        headers: { "x-api-key": office.keys[person], "content-type": "application/json" },
        body: JSON.stringify({ state }),
      });
      if (!answer.ok) throw new Error(`${person} is not on ${on}: ${await answer.text()}`);
    }
  };
  await say();
  const timer = setInterval(() => void say(), REPEAT_MS);
  return () => clearInterval(timer);
}
