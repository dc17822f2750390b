import type { ConsoleWorld } from "./console-world.ts";
import type { Person } from "./test-app.ts";

/** Would be carried out if it were taken for more than text. */
export const ATTACK = `<img src=x onerror="ran()"><script>ran()</script>`;

/** What there is in a console that people have worked with. */
export interface Contents {
  /** A request that is being worked on, and one that was canceled. */
  open: string;
  closed: string;
  webhook: string;
  /** Somebody who does not administer. */
  other: Person;
}

/** Fills the console, with an attack in every field that people can write in and any page shows. */
export async function fillConsole(world: ConsoleWorld): Promise<Contents> {
  const { admin, call } = world;
  const made = async (
    method: string,
    path: string,
    as: Person,
    body: object,
    headers: Record<string, string> = {},
  ) => {
    const answer = await call(method, path, { as, body, headers });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const person = async (name: string, role: string): Promise<Person> => {
    const fullName = `${name} ${ATTACK}`;
    const email = `${name.toLowerCase()}@example.com`;
    const { id, apiKey } = await made("POST", "/users", admin, { fullName, email, role });
    return { id, fullName, key: apiKey };
  };
  const mallory = await person("Mallory", "AGENT");
  const trent = await person("Trent", "EMPLOYEE");
  await made("POST", "/categories", admin, {
    slug: "attacks",
    name: `Attacks ${ATTACK}`,
    names: { ru: `Атаки ${ATTACK}` },
    description: `A description ${ATTACK}`,
  });
  const file = async (of: Person, name: string) =>
    made("POST", "/requests", of, {
      title: `${name} title ${ATTACK}`,
      description: `${name} description ${ATTACK} https://example.com/"onmouseover="ran()`,
      category: "attacks",
      priority: "URGENT",
    });
  const open = await file(world.employee, "Open");
  const comment = (as: Person, visibility: string) =>
    made("POST", `/requests/${open.id}/comments`, as, {
      body: `${visibility} comment ${ATTACK}`,
      visibility,
    });
  await made(
    "POST",
    `/requests/${open.id}/claim`,
    mallory,
    {},
    { "if-match": `"${open.version}"` },
  );
  await comment(mallory, "PUBLIC");
  await comment(mallory, "INTERNAL");
  const closed = await file(trent, "Closed");
  await made(
    "PATCH",
    `/requests/${closed.id}/status`,
    admin,
    { status: "CANCELED", reason: `A reason ${ATTACK}` },
    { "if-match": `"${closed.version}"` },
  );
  await made("POST", "/users/me/api-keys", admin, { name: `Key ${ATTACK}` });
  const webhook = await made("POST", "/webhooks", admin, {
    url: `https://hooks.example.com/?q=${ATTACK}`,
    description: `A webhook ${ATTACK}`,
  });
  return { open: open.id, closed: closed.id, webhook: webhook.id, other: mallory };
}
