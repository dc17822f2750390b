import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { makeOurDatabase } from "../contenders/ours.ts";
import { ROOT, type Service } from "../contenders/process.ts";
import { callRest, startServiceFlow } from "../contenders/serviceflow.ts";
import { openCluster } from "../data/cluster.ts";
import { type BarePage, type Cookie, openBareBrowser } from "./bare-browser.ts";

/** A server with requests, and a browser in which an agent is signed in. */
export interface ConsoleStage {
  server: Service;
  /** API key of an administrator. */
  apiKey: string;
  /** The number of the newest request. */
  newest: number;
  page: BarePage;
  close(): Promise<void>;
}

interface Answered {
  apiKey: string;
}

/** @param requests in the database, each with four entries of the log */
export async function openConsoleStage(requests: number): Promise<ConsoleStage> {
  execFileSync(process.execPath, [join(ROOT, "scripts/build-console.ts")], { stdio: "inherit" });
  const cluster = await openCluster(process.env.DATABASE_URL || null);
  const fill = { count: requests, entriesEach: 4 };
  const { url, apiKey, facts } = await makeOurDatabase(cluster, "console", fill);
  const server = await startServiceFlow({ DATABASE_URL: url, LOG_LEVEL: "warn" });
  const agent = await addUser(server, apiKey, "Dana Okafor");
  const page = await openBareBrowser(await sessionOf(server, agent));
  return {
    server,
    apiKey,
    newest: facts.last,
    page,
    async close() {
      await page.close();
      await server.stop();
      await cluster.stop();
    },
  };
}

/** @returns the key of a new agent */
export async function addUser(server: Service, apiKey: string, fullName: string): Promise<string> {
  const email = `${fullName.toLowerCase().replaceAll(" ", ".")}@example.com`;
  const user = { fullName, email, role: "AGENT" };
  return (await callRest<Answered>(server, apiKey, "/users", user)).apiKey;
}

/** Exchanges a key for a session, as the sign-in page does. */
async function sessionOf({ url }: Service, apiKey: string): Promise<Cookie> {
  const headers = { "x-api-key": apiKey, "sec-fetch-site": "same-origin" };
  const answer = await fetch(`${url}/api/v1/session`, { method: "POST", headers });
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "") ?? [];
  if (!name || !value) throw new Error(`No session: ${answer.status} ${await answer.text()}`);
  return { name, value, url };
}
