import type { People } from "./load.ts";
import { BOOTSTRAP_KEY, caller, type Person } from "./test-app.ts";

/** Creates an administrator and two agents on a server without users. */
export async function addPeople(url: string): Promise<People> {
  const call = caller(fetch, `${url}/api/v1`);
  const add = async (name: string, role: string, headers: Record<string, string>) => {
    const body = { fullName: name, email: `${name.toLowerCase()}@example.com`, role };
    const answer = await call("POST", "/users", { body, headers });
    if (answer.status !== 201) throw new Error(`No user: ${JSON.stringify(answer.body)}`);
    return { id: answer.body.id, fullName: name, key: answer.body.apiKey } as Person;
  };
  const admin = await add("Ada", "ADMIN", { "x-bootstrap-key": BOOTSTRAP_KEY });
  const byAdmin = { "x-api-key": admin.key };
  return {
    admin,
    agents: [await add("Abe", "AGENT", byAdmin), await add("Olga", "AGENT", byAdmin)],
  };
}
